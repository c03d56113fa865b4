/**
 * The trades that corrections may still need, on their way ahead of their instrument. In: an instrument that leaves. Out: `Trades`
 * for the other partition: the applied trades of bars that can be rebuilt here, gathered into blocks of one publisher, and where
 * the trades of each bar are in them. What a bar does not need any more does not travel, and a bar that is final here stays it.
 * A Prepare sends what there is by then, and the move the rest; without one the move sends all. A record only fixes what is to be
 * sent; it is gathered by whoever appends it.
 */
import type { InstrumentState, PreparedTrades } from '../bars/instrument-state.ts';
import { epochOf, type InstrumentMove } from '../placement/handover-rules.ts';
import type { FoldState } from './fold-state.ts';
import { handoverForm } from './handover-state.ts';
import { entriesOfTrades, LaterShipped, type Shipment, type ShipmentName } from './shipped-later.ts';
import { type TradesView, viewTrades } from './trades-view.ts';

/** So many ticks that were held at a Prepare are known one by one; beyond, the move sends all trades again. */
const lateMax = 65_536;
/** What is gathered and not appended takes about so much memory at most, however much there is to gather. */
const gatheredBytesMax = 1_048_576;

/** Where a move goes and the epoch that it brings. */
type Departing = Pick<InstrumentMove, 'epoch' | 'to'>;

/** What a move of the instrument needs now and did not go ahead of it. */
export function shipmentOf(state: FoldState, instrument: InstrumentState, move: Departing): Shipment {
  const { prepared } = instrument;
  const isNamed = prepared !== undefined && isAheadOf(state, prepared, move);
  return { view: viewTrades(state, instrument, isNamed ? prepared : undefined), before: prepared?.shipped, isNamed };
}

/** For whom its entries are. */
export function shipmentName(
  { config }: FoldState,
  { dataset, symbol }: InstrumentState,
  { epoch }: Departing,
): ShipmentName {
  return { dataset, symbol, epoch, ...handoverForm(config) };
}

/** About how many bytes wait at once of what it sends. */
export function bytesToWait(view: TradesView): number {
  let bytes = 0;
  for (let place = 0; place < view.count && bytes < gatheredBytesMax; place += 1) {
    const { start, end } = view.blockAt(place)?.block ?? { start: 0, end: 0 };
    bytes += end - start;
  }
  return Math.min(bytes, gatheredBytesMax);
}

/**
 * A Prepare: what a move of that epoch to that partition would need by now goes ahead, once while it counts. The instrument is owned.
 */
export function prepareMove(state: FoldState, instrument: InstrumentState, { epoch, to }: Departing): void {
  if (epoch <= epochOf(instrument.place)) return;
  const { dataset, symbol, prepared } = instrument;
  // Also of a repeat: who asks again did not hear the first answer.
  state.moved.push({ dataset, symbol, offset: state.offset, logTimeMs: state.clock.nowMs, epoch, step: 'prepared' });
  if (prepared !== undefined && isAheadOf(state, prepared, { epoch, to })) return;
  // What went elsewhere, or for another epoch, keeps its places: the partition that has it may be the target again.
  const shipment = { view: viewTrades(state, instrument, undefined), before: prepared?.shipped, isNamed: false };
  const shipped = new LaterShipped(state, shipment);
  const { nextNumber: nextBlock } = state.retained;
  instrument.prepared = { epoch, to, atMs: state.clock.nowMs, shipped, nextBlock, late: [] };
  if (shipment.view.count === 0) return;
  const name = shipmentName(state, instrument, { epoch, to });
  state.sending.sendAhead(to, {
    bytes: bytesToWait(shipment.view),
    entries: function* (bytes) {
      shipped.settle(yield* entriesOfTrades(state, shipment, name, bytes));
    },
  });
}

/** Whether what was sent counts for that move: the other partition keeps it for longer than one horizon, but not for ever. */
function isAheadOf({ clock, config }: FoldState, prepared: PreparedTrades, { epoch, to }: Departing): boolean {
  const isRecent = prepared.nextBlock > 0 && clock.nowMs - prepared.atMs <= config.horizonMs;
  return isRecent && epoch === prepared.epoch && to === prepared.to;
}

/** A tick that was held is applied, which the trades that went ahead do not have. */
export function noteLate(instrument: InstrumentState, block: number, place: number): void {
  const { prepared } = instrument;
  if (prepared === undefined || block >= prepared.nextBlock) return;
  prepared.late.push(block, place);
  // Nothing that went ahead is named any more; its blocks keep their places.
  if (prepared.late.length > 2 * lateMax) instrument.prepared = { ...prepared, nextBlock: 0, late: [] };
}
