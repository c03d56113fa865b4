/**
 * An instrument leaves (rule M1). In: an instrument that is owned, in the middle of a record. Out: the record ends for it here, then
 * the trades from which its bars can be rebuilt and did not go ahead, its state in parts, and what it held. They are fixed here and
 * made when they are appended. Nothing of it stays but its terms and its place.
 */
import type { InstrumentState } from '../bars/instrument-state.ts';
import { foldVersion } from './fold-types.ts';
import type { InstrumentMove } from '../placement/handover-rules.ts';
import type { Departure } from '../placement/handover-partition.ts';
import { expirePendingOf } from './amend.ts';
import { endRecordFor } from './close-bars.ts';
import type { Sent } from './emissions.ts';
import type { FoldState } from './fold-state.ts';
import { takeHeld } from './forward-held.ts';
import { partsOfState } from './handover-state.ts';
import { type LeavingState, stateThatLeaves } from './leaving-state.ts';
import type { ParkedEntry } from './parked-entry.ts';
import { bytesToWait, shipmentName, shipmentOf } from './ship-trades.ts';
import { entriesOfTrades, type Shipment } from './shipped-later.ts';

/** An instrument on its way out. */
export type Leaving = { readonly shipment: Shipment; readonly state: LeavingState };

/** Takes the instrument out of the partition. */
export function leavePartition(
  state: FoldState,
  instrument: InstrumentState,
  move: InstrumentMove,
): Departure<ParkedEntry, Leaving> {
  // Ticks that are counted so far are of the epoch that ends here.
  state.counted?.settle();
  state.writing?.keep(instrument);
  expirePendingOf(state, instrument);
  endRecordFor(state, instrument);
  const held = takeHeld(state, instrument);
  const leaving = { shipment: shipmentOf(state, instrument, move), state: stateThatLeaves(state, instrument) };
  empty(state, instrument);
  return { state: leaving, held };
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

/** Sends it to the partition that it moves to. */
export function handOver(state: FoldState, instrument: InstrumentState, move: InstrumentMove, leaving: Leaving): void {
  const { shipment, state: leavingState } = leaving;
  const { firstAppendMs: movedAtMs } = state;
  const name = shipmentName(state, instrument, move);
  state.sending.sendInstrument(move.to, {
    bytes: leavingState.bytes + bytesToWait(shipment.view),
    entries: function* (work): Generator<Sent | undefined> {
      const { blocks: tradeBlocks, ranges } = yield* entriesOfTrades(state, shipment, name, work);
      const parts = partsOfState(leavingState.written(ranges));
      const about = { kind: 'handover', ...name, parts: parts.length, foldVersion, tradeBlocks, movedAtMs } as const;
      for (const [part, bytes] of parts.entries())
        yield { entry: { ...about, part, state: bytes }, bytes: bytes.length };
    },
  });
}
