/**
 * Publishers that bars may still need though nothing names them (rule E3). In: ids. Out: those of which a trade is among the ones
 * from which a bar can be rebuilt: a rebuild, an amendment or a move would have to name it. It follows from the trades that
 * were applied, not from which blocks are in memory, so a restarted partition forgets on the same day.
 */
import type { InstrumentState } from '../bars/instrument-state.ts';
import { secondOf } from '../log/tick-columns.ts';
import { finestRowOf } from './bar-rows-of-ticks.ts';
import { eachRetainedBlock, isAppliedTrade, type RetainedGroup } from './find-original.ts';
import type { FoldState } from './fold-state.ts';
import { firstOfRows, isRebuildable } from './ship-trades.ts';

/** Looks through all blocks once, and into those of these publishers alone. */
export function publishersOfTrades(state: FoldState, ids: ReadonlyMap<bigint, unknown>): ReadonlySet<bigint> {
  const found = new Set<bigint>();
  if (ids.size === 0) return found;
  for (const instrument of state.instruments) {
    const firstBlock = firstOfRows(state, instrument);
    for (const number of instrument.blocks) {
      const id = number < firstBlock ? undefined : state.retained.block(number)?.publisherId;
      if (id === undefined || !ids.has(id) || found.has(id)) continue;
      eachRetainedBlock(state, instrument, number, (group) => {
        if (isNeeded(state, instrument, group)) found.add(id);
      });
    }
  }
  return found;
}

function isNeeded(state: FoldState, instrument: InstrumentState, group: RetainedGroup): boolean {
  const { columns } = group;
  for (let index = columns.groupStart[group.group]!; index < columns.groupStart[group.group + 1]!; index += 1) {
    if (!isAppliedTrade(group, index)) continue;
    const row = finestRowOf(state, instrument, secondOf(columns, columns.timeNs[index]!));
    if (row >= 0 && isRebuildable(state, row)) return true;
  }
  return false;
}
