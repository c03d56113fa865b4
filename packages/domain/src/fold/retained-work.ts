/**
 * Which tick blocks are still needed, and the memory of the others. In: the bars in the state, what is held and what is parked. Out:
 * the first block needed. Looked at every 1,024 blocks, by the block's number, so that it does not depend on steps.
 */
import { RowFlag } from '../bars/bar-rows.ts';
import type { InstrumentState } from '../bars/instrument-state.ts';
import type { FoldState } from './fold-state.ts';

const trimEveryBlocks = 1_024;

/** Number of the first block that a bar, a held or parked tick or recovery needs; the next block's number if none is. */
export function firstNeededBlock(state: FoldState): number {
  const { rows, retained } = state;
  let first = retained.nextNumber;
  // A bar whose first block lies too far back is final, and needs none of the others either.
  const need = (block: number): void => {
    if (block < first && retained.block(block) !== undefined) first = block;
  };
  for (const instrument of state.instruments) {
    const finest = instrument.rows[0]!;
    for (let index = finest.left; index < finest.length; index += 1) {
      const row = finest.at(index);
      if (!rows.has(row, RowFlag.left)) need(rows.firstBlock[row]!);
    }
  }
  for (const { links } of state.holding) {
    for (const { held } of links) for (const { tick } of held.all()) if (tick !== undefined) need(tick.block);
  }
  for (const { parked } of state.moves?.parking.all() ?? [])
    if (parked.kind === 'entry') need(parked.entry.entry.block);
  for (const instrument of state.expected) for (const block of firstShipped(state, instrument)) need(block);
  return first;
}

/** The first retained block of each run of trades that wait for a Handover. */
export function firstShipped({ retained }: FoldState, { shipped }: InstrumentState): number[] {
  return shipped.flatMap(({ runs }) =>
    runs.map(({ number, count }) => {
      let first = number;
      while (first < number + count - 1 && retained.block(first) === undefined) first += 1;
      return first;
    }),
  );
}

/** Frees the blocks that nothing needs. */
export function trimRetained(state: FoldState): void {
  const { retained } = state;
  if (Math.floor(retained.nextNumber / trimEveryBlocks) <= state.trimmedAt) return;
  state.trimmedAt = Math.floor(retained.nextNumber / trimEveryBlocks);
  const first = firstNeededBlock(state);
  retained.dropBefore(first);
  for (const instrument of state.instruments) {
    if (instrument.early.length > 0) state.writing?.keep(instrument);
    instrument.forgetBlocksBefore(first);
  }
}
