/**
 * Publishers that bars may still need though nothing names them (rule E3). In: ids. Out: those of which a trade is among the ones
 * from which a bar can be rebuilt: a rebuild, an amendment or a move would have to name it. It follows from the trades that
 * were applied, not from which blocks are in memory, so a restarted partition forgets on the same day.
 */
import { secondOf } from '../log/tick-columns.ts';
import { eachRetainedBlock, isAppliedTrade, type RetainedGroup } from './find-original.ts';
import type { FoldState } from './fold-state.ts';
import { barAt, type BarsInView, rebuildableBars } from './trades-view.ts';

/** Looks through all blocks once, and into those of these publishers alone. */
export function publishersOfTrades(state: FoldState, ids: ReadonlyMap<bigint, unknown>): ReadonlySet<bigint> {
  const found = new Set<bigint>();
  if (ids.size === 0) return found;
  for (const instrument of state.instruments) {
    const { firstBlock, bars } = rebuildableBars(state, instrument);
    for (const number of instrument.blocks) {
      const id = number < firstBlock ? undefined : state.retained.block(number)?.publisherId;
      if (id === undefined || !ids.has(id) || found.has(id)) continue;
      eachRetainedBlock(state, instrument, number, (group) => {
        if (isNeeded(bars, group)) found.add(id);
      });
    }
  }
  return found;
}

function isNeeded(bars: BarsInView, group: RetainedGroup): boolean {
  const { columns } = group;
  for (let index = columns.groupStart[group.group]!; index < columns.groupStart[group.group + 1]!; index += 1) {
    if (!isAppliedTrade(group, index)) continue;
    if (barAt(bars, secondOf(columns, columns.timeNs[index]!)) >= 0) return true;
  }
  return false;
}
