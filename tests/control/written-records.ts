/**
 * Records of `control` as a coordinator writes them that never fails. In: a log, a claim or map. Out: it, appended. And the map behind
 * another one in which an instrument lives elsewhere.
 */
import { encodeControl } from '@tapeline/control';
import { applyChange, type ControlLog, type ControlRecord, type Placement } from '@tapeline/domain';

/** Appends all parts of the record. Rejects as the log does. */
export async function appendRecord(log: Pick<ControlLog, 'append'>, record: ControlRecord): Promise<void> {
  for (const { key, bytes } of encodeControl(record)) await log.append(key, bytes);
}

/** Appends the map under token 1. */
export async function appendMap(log: Pick<ControlLog, 'append'>, placement: Placement): Promise<void> {
  await appendRecord(log, { kind: 'map', token: 1, map: placement.parts() });
}

/** The map in which that instrument of dataset test lives in `to` of so many partitions. Throws `RangeError` where rules forbid it. */
export function movedIn(before: Placement, symbol: string, to: number, partitions: number): Placement {
  const moves = [{ dataset: 'test', symbol, to, standing: 'spread' as const }];
  const moved = applyChange(before, { logTimeMs: 0, partitions, moves, appended: [] });
  if (moved.kind === 'refused') throw new RangeError(moved.code);
  return moved.placement;
}
