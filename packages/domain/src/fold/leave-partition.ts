/**
 * An instrument leaves (rule M1). In: an instrument that is owned, in the middle of a record. Out: the record ends for it here, then
 * its state in parts and what it held; the trades from which its bars can be rebuilt are on their way before. Nothing of it stays but
 * its terms and its place.
 */
import type { InstrumentState } from '../bars/instrument-state.ts';
import { foldVersion } from './fold-types.ts';
import type { InstrumentMove } from '../placement/handover-rules.ts';
import type { Departure } from '../placement/handover-partition.ts';
import { expirePendingOf } from './amend.ts';
import { endRecordFor } from './close-bars.ts';
import type { FoldState } from './fold-state.ts';
import { takeHeld } from './forward-held.ts';
import { type HandoverContent, handoverForm, partsOfState, writeHandoverState } from './handover-state.ts';
import type { ParkedEntry } from './parked-entry.ts';
import { shipTrades } from './ship-trades.ts';

/** Takes the instrument out of the partition. */
export function leavePartition(
  state: FoldState,
  instrument: InstrumentState,
  move: InstrumentMove,
): Departure<ParkedEntry, HandoverContent> {
  // Ticks that are counted so far are of the epoch that ends here.
  state.counted?.settle();
  state.writing?.keep(instrument);
  expirePendingOf(state, instrument);
  endRecordFor(state, instrument);
  const held = takeHeld(state, instrument);
  const shipped = shipTrades(state, instrument, move);
  const bytes = writeHandoverState(state, instrument, shipped.ranges);
  empty(state, instrument);
  return { parts: partsOfState(bytes).map((part) => ({ state: part, tradeBlocks: shipped.blocks })), held };
}

/** Takes out what is there of an instrument; its place is the caller's. */
export function empty(state: FoldState, instrument: InstrumentState): void {
  for (const list of instrument.rows) {
    for (const row of list.all()) {
      state.writing?.keepRow(row);
      state.rows.release(row);
    }
  }
  state.pending.delete(instrument);
  instrument.clear();
}

/** Sends the state to the partition that the instrument moves to. */
export function handOver(
  state: FoldState,
  instrument: InstrumentState,
  { epoch, to }: InstrumentMove,
  contents: readonly HandoverContent[],
): void {
  const { dataset, symbol } = instrument;
  const about = { kind: 'handover', dataset, symbol, epoch, parts: contents.length, foldVersion } as const;
  for (const [part, content] of contents.entries()) {
    const form = handoverForm(state.config);
    const entry = { ...about, ...form, ...content, part, movedAtMs: state.firstAppendMs };
    state.sending.send(to, entry, content.state.length);
  }
}
