/**
 * Cancels and corrections: the bucket is rebuilt from its trades, because high, low, open and close cannot be taken
 * back. In: an amending tick whose turn has come. Out: bars rebuilt, each counting one event. The last amendment of a
 * trade by (event time, publisher, sequence) decides, and one whose trade has not come yet waits for it, so arrival
 * does not matter. A corrected trade keeps its identity, and its event time unless the correction names another.
 */
import { type AmendingTick, type Amendment, amendmentKey, type InstrumentState } from '../bars/instrument-state.ts';
import { TickKind } from '../market/tick.ts';
import { addPublisher, finestRowAt, markChanged } from './bar-rows-of-ticks.ts';
import { isGivenUp, liveBit, timeOf } from './bar-times.ts';
import { findOriginal, isBefore } from './find-original.ts';
import { findFirst } from './first-trades.ts';
import { type FoldState, inOrder } from './fold-state.ts';
import { rebuildRow, refoldAmendment } from './rebuild-row.ts';
import { type CountedTrade, takeBack } from './take-back.ts';

const pendingMax = 4_096;
const amendmentsMax = 65_536;
const tradeIdsMax = 16;

/** Applies a cancel or correction, or keeps it until its trade comes. */
export function amend(state: FoldState, instrument: InstrumentState, tick: AmendingTick): void {
  if (tryAmend(state, instrument, tick, 0)) {
    // Another may wait for the id that this one gave its trade; no published trade has it.
    retryPending(state, instrument, Infinity);
    return;
  }
  const [oldest, ...others] = instrument.pending;
  const full = oldest !== undefined && instrument.pending.length >= pendingMax;
  if (full) giveUpPending(state, instrument, oldest);
  instrument.pending = [...(full ? others : instrument.pending), tick];
  state.pending.add(instrument);
}

/** After a trade or its new id came for which amendments may wait: tries those that are not overdue, from `block` on. */
export function retryPending(state: FoldState, instrument: InstrumentState, block: number): void {
  for (let before = Infinity; instrument.pending.length > 0 && instrument.pending.length < before;) {
    before = instrument.pending.length;
    instrument.pending = instrument.pending.filter(
      (tick) => isOverdue(state, instrument, tick) || !tryAmend(state, instrument, tick, block),
    );
  }
  if (instrument.pending.length === 0) state.pending.delete(instrument);
}

/** At the end of a record: amendments that have waited for the revision horizon name nothing any more. */
export function expirePending(state: FoldState): void {
  for (const instrument of inOrder(state.pending)) {
    const kept: AmendingTick[] = [];
    for (const tick of instrument.pending) {
      if (isOverdue(state, instrument, tick)) giveUpPending(state, instrument, tick);
      else kept.push(tick);
    }
    instrument.pending = kept;
    if (kept.length === 0) state.pending.delete(instrument);
  }
}

/** Whether an amendment has waited for the horizon by its own publisher's time, or its publisher is given up. */
function isOverdue(state: FoldState, instrument: InstrumentState, tick: AmendingTick): boolean {
  const link = instrument.linkOf(tick.publisher);
  if (link === undefined || (link.bit !== liveBit && isGivenUp(state, link))) return true;
  return timeOf(state, link) >= tick.eventSec * 1000 + state.config.horizonMs;
}

function giveUpPending(state: FoldState, instrument: InstrumentState, tick: AmendingTick): void {
  const { reference } = tick;
  const original = reference.sequence > 0 ? `sequence ${reference.sequence}` : `trade id '${reference.tradeId}'`;
  refuse(state, instrument, tick, 'ORIGINAL_UNKNOWN', `no trade with ${original} within the revision horizon`);
}

function refuse(
  state: FoldState,
  instrument: InstrumentState,
  tick: AmendingTick,
  code: 'ORIGINAL_UNKNOWN' | 'ORIGINAL_FINAL',
  detail: string,
): void {
  state.counters.amendmentsUnmatched += 1;
  const { dataset, symbol } = instrument;
  const publisherId = state.publishers.at(tick.publisher).id;
  state.notice(code, { dataset, symbol, publisherId, sequence: tick.sequence, detail });
}

/** Whether the trade was found, looking at blocks from `firstBlock` on; it is amended then, or refused for good. */
function tryAmend(state: FoldState, instrument: InstrumentState, tick: AmendingTick, firstBlock: number): boolean {
  const before = amendedBefore(instrument, tick);
  const original = before ?? findOriginal(state, instrument, tick, firstBlock);
  if (original === undefined) return false;
  const known = before ?? instrument.amendments.get(amendmentKey(original.publisher, original.sequence));
  const amendment = amendmentOf(tick, original, known);
  const current = known ?? original;
  const full = known === undefined && instrument.amendments.size >= amendmentsMax;
  const from = full ? -1 : rebuildable(state, instrument, tick, current.eventSec);
  if (from < 0) return refuseFinal(state, instrument, tick);
  if (known !== undefined && !isBefore(state, byOf(known), tick)) {
    // An older amendment that came later: it changes nothing but the names of the trade.
    keep(instrument, { ...known, tradeIds: amendment.tradeIds });
  } else if (known?.cancelled === true && amendment.cancelled) keep(instrument, amendment);
  else {
    const stays = amendment.eventSec === current.eventSec;
    const to = stays ? from : rebuildable(state, instrument, tick, amendment.eventSec);
    if (to < 0) return refuseFinal(state, instrument, tick);
    keep(instrument, amendment);
    const counts = known?.cancelled === true ? undefined : current;
    const isOut = counts === undefined || takeBack(state, from, counts);
    if (!isOut) rebuildRow(state, instrument, from);
    if (!amendment.cancelled && (isOut || to !== from)) refoldAmendment(state, to, amendment);
    for (const row of new Set([from, to])) applyTo(state, instrument, row);
  }
  state.counters.amendments += 1;
  return true;
}

function refuseFinal(state: FoldState, instrument: InstrumentState, tick: AmendingTick): true {
  refuse(
    state,
    instrument,
    tick,
    'ORIGINAL_FINAL',
    'the bar of the trade is final, or its trades are not kept any more',
  );
  return true;
}

function byOf(amendment: Amendment): { eventSec: number; eventNano: number; publisher: number; sequence: number } {
  const { bySec, byNano, byPublisher, bySequence } = amendment;
  return { eventSec: bySec, eventNano: byNano, publisher: byPublisher, sequence: bySequence };
}

function keep(instrument: InstrumentState, amendment: Amendment): void {
  instrument.amendments.set(amendmentKey(amendment.publisher, amendment.sequence), amendment);
}

/** The amended trade that the tick names by an id that a correction gave it, or by its original identity. */
function amendedBefore(instrument: InstrumentState, tick: AmendingTick): Amendment | undefined {
  if (tick.reference.sequence > 0)
    return instrument.amendments.get(amendmentKey(tick.publisher, tick.reference.sequence));
  for (const amendment of instrument.amendments.values()) {
    const sameVenue = tick.attributes.venue === '' || tick.attributes.venue === amendment.venue;
    if (sameVenue && amendment.tradeIds.includes(tick.reference.tradeId)) return amendment;
  }
  return undefined;
}

type Original = CountedTrade & { readonly tradeId?: string };

function amendmentOf(tick: AmendingTick, original: Original, known: Amendment | undefined): Amendment {
  const { reference } = tick;
  const cancelled = tick.attributes.kind === TickKind.cancel;
  const originalSec = known?.originalSec ?? original.eventSec;
  const originalNano = known?.originalNano ?? original.eventNano;
  const timeOfAmended = (): { eventSec: number; eventNano: number } => {
    // A cancelled trade stays with the bar that it was taken from.
    if (cancelled) return { eventSec: original.eventSec, eventNano: original.eventNano };
    if (reference.correctedSec < 0) return { eventSec: originalSec, eventNano: originalNano };
    return { eventSec: reference.correctedSec, eventNano: reference.correctedNano };
  };
  const names = [...(known?.tradeIds ?? [original.tradeId ?? '']), tick.tradeId, reference.tradeId];
  return {
    publisher: original.publisher,
    sequence: original.sequence,
    tradeIds: [...new Set(names)]
      .filter((name) => name !== '')
      .sort()
      .slice(0, tradeIdsMax),
    venue: known?.venue ?? original.attributes.venue,
    bySec: tick.eventSec,
    byNano: tick.eventNano,
    byPublisher: tick.publisher,
    bySequence: tick.sequence,
    cancelled,
    originalSec,
    originalNano,
    ...timeOfAmended(),
    price: tick.price,
    size: tick.size,
    attributes: tick.attributes,
  };
}

/** The finest bar at `sec`, opened if need be; -1 if it is final or its trades are not kept any more. */
function rebuildable(state: FoldState, instrument: InstrumentState, tick: AmendingTick, sec: number): number {
  const link = instrument.linkOf(tick.publisher)!;
  const row = finestRowAt(state, instrument, link, sec);
  if (row < 0) return -1;
  // A bar that a corrected trade alone opens closes by the publisher of the correction.
  if (state.rows.publishers[row] === 0) addPublisher(state, instrument, row, link);
  const empty = state.rows.lastBlock[row]! < 0;
  return empty || state.retained.block(state.rows.firstBlock[row]!) !== undefined ? row : -1;
}

function applyTo(state: FoldState, instrument: InstrumentState, row: number): void {
  const { rows, profiles } = state;
  rows.events[row]! += 1;
  markChanged(state, instrument, row);
  for (let profile = 0; profile < profiles.length; profile += 1) {
    if (profiles[profile] !== 'all') findFirst(state, instrument, row, profile);
  }
}
