/**
 * Cancels and corrections: the bucket is rebuilt from its trades, because high, low, open and close cannot be taken
 * back. In: an amending tick whose turn has come. Out: bars rebuilt, each counting one event. The last amendment of a
 * trade by (event time, publisher, sequence) decides, and one whose trade has not come yet waits for it, so arrival
 * does not matter. A correction's own sequence and id name the trade as well. A corrected trade keeps its identity, and its event time unless the correction names another.
 */
import type { AmendingTick, Amendment, TickName } from '../bars/amendment.ts';
import { amendmentKey } from '../bars/amendments.ts';
import type { InstrumentState } from '../bars/instrument-state.ts';
import type { PendingAmendments, TradeNames } from '../bars/pending-amendments.ts';
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
const correctionsMax = 16;

/** Applies a cancel or correction, or keeps it until its trade comes. */
export function amend(state: FoldState, instrument: InstrumentState, tick: AmendingTick): void {
  const outcome = tryAmend(state, instrument, tick, 0);
  if (outcome === 'unknown') {
    const { pending } = instrument;
    const oldest = pending.length >= pendingMax ? pending.shift() : undefined;
    if (oldest !== undefined) giveUpPending(state, instrument, oldest);
    pending.push(tick);
    state.pending.add(instrument);
  } else if (outcome !== 'refused') {
    // Another may wait for the name that this one gave its trade; no published trade has it.
    retryPending(state, instrument, Infinity, outcome);
  }
}

/**
 * After a trade or its new name came: tries the amendments that wait for it, looking at blocks from `block` on, and those
 * that wait for what these bring. Overdue ones are not tried.
 */
export function retryPending(state: FoldState, instrument: InstrumentState, block: number, came: TradeNames): void {
  const { pending } = instrument;
  if (!isAwaited(pending, came)) return;
  const ids = new Set(came.tradeIds);
  const ticks = new Set(tickKeysOf(came));
  const isNamed = ({ publisher, reference }: AmendingTick): boolean =>
    reference.sequence > 0 ? ticks.has(amendmentKey(publisher, reference.sequence)) : ids.has(reference.tradeId);
  for (let before = Infinity; pending.length > 0 && pending.length < before;) {
    before = pending.length;
    pending.keepOnly((tick) => {
      if (!isNamed(tick) || isOverdue(state, instrument, tick)) return true;
      const outcome = tryAmend(state, instrument, tick, block);
      if (typeof outcome === 'string') return outcome === 'unknown';
      for (const id of outcome.tradeIds) ids.add(id);
      for (const key of tickKeysOf(outcome)) ticks.add(key);
      return false;
    });
  }
  if (pending.length === 0) state.pending.delete(instrument);
}

function isAwaited(pending: PendingAmendments, came: TradeNames): boolean {
  if (pending.length === 0) return false;
  const isTickAwaited = ({ publisher, sequence }: TickName): boolean => pending.awaitsSequence(publisher, sequence);
  return (
    isTickAwaited(came) || came.corrections.some(isTickAwaited) || came.tradeIds.some((id) => pending.awaitsId(id))
  );
}

function tickKeysOf(names: TradeNames): string[] {
  return [names, ...names.corrections].map(({ publisher, sequence }) => amendmentKey(publisher, sequence));
}

/** At the end of a record: amendments that have waited for the revision horizon name nothing any more. */
export function expirePending(state: FoldState): void {
  if (state.pending.size === 0) return;
  for (const instrument of inOrder(state.pending)) expirePendingOf(state, instrument);
}

/** The same for one instrument, which leaves in the middle of a record. */
export function expirePendingOf(state: FoldState, instrument: InstrumentState): void {
  const { pending } = instrument;
  if (!mayBeOverdue(state, instrument)) return;
  state.writing?.keep(instrument);
  pending.keepOnly((tick) => {
    if (!isOverdue(state, instrument, tick)) return true;
    giveUpPending(state, instrument, tick);
    return false;
  });
  if (pending.length === 0) state.pending.delete(instrument);
}

/** Whether any waiting amendment can be overdue, by the earliest of each publisher. */
function mayBeOverdue(state: FoldState, instrument: InstrumentState): boolean {
  for (const [publisher, eventSec] of instrument.pending.earliestSec) {
    if (isOverdue(state, instrument, { publisher, eventSec })) return true;
  }
  return false;
}

/** Whether an amendment has waited for the horizon by its own publisher's time, or its publisher is given up. */
function isOverdue(
  state: FoldState,
  instrument: InstrumentState,
  tick: Pick<AmendingTick, 'publisher' | 'eventSec'>,
): boolean {
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

/** What the trade has become; `refused` for good, or `unknown` in the blocks from `firstBlock` on. */
type AmendOutcome = Amendment | 'refused' | 'unknown';

/** Looks for the trade in blocks from `firstBlock` on, and amends it. */
function tryAmend(state: FoldState, instrument: InstrumentState, tick: AmendingTick, firstBlock: number): AmendOutcome {
  const before = amendedBefore(instrument, tick);
  const original = before ?? findOriginal(state, instrument, tick, firstBlock);
  if (original === undefined) return 'unknown';
  const known = before ?? instrument.amendments.get(original.publisher, original.sequence);
  const amendment = amendmentOf(tick, original, known);
  const current = known ?? original;
  const full = known === undefined && instrument.amendments.size >= amendmentsMax;
  const from = full ? -1 : rebuildable(state, instrument, tick, current.eventSec);
  if (from < 0) return refuseFinal(state, instrument, tick);
  if (known !== undefined && !isBefore(state, byOf(known), tick)) {
    // An older amendment that came later: it changes nothing but the names of the trade.
    const { tradeIds, corrections } = amendment;
    instrument.amendments.set({ ...known, tradeIds, corrections });
  } else if (known?.cancelled === true && amendment.cancelled) instrument.amendments.set(amendment);
  else {
    const stays = amendment.eventSec === current.eventSec;
    const to = stays ? from : rebuildable(state, instrument, tick, amendment.eventSec);
    if (to < 0) return refuseFinal(state, instrument, tick);
    instrument.amendments.set(amendment);
    const counts = known?.cancelled === true ? undefined : current;
    const isOut = counts === undefined || takeBack(state, from, counts);
    if (!isOut) rebuildRow(state, instrument, from);
    if (!amendment.cancelled && (isOut || to !== from)) refoldAmendment(state, to, amendment);
    for (const row of new Set([from, to])) applyTo(state, instrument, row);
  }
  state.counters.amendments += 1;
  return amendment;
}

function refuseFinal(state: FoldState, instrument: InstrumentState, tick: AmendingTick): 'refused' {
  refuse(
    state,
    instrument,
    tick,
    'ORIGINAL_FINAL',
    'the bar of the trade is final, or its trades are not kept any more',
  );
  return 'refused';
}

function byOf(amendment: Amendment): { eventSec: number; eventNano: number; publisher: number; sequence: number } {
  const { bySec, byNano, byPublisher, bySequence } = amendment;
  return { eventSec: bySec, eventNano: byNano, publisher: byPublisher, sequence: bySequence };
}

/** The amended trade that the tick names: by its original identity, a correction of it, or an id that one gave it. */
function amendedBefore({ amendments }: InstrumentState, tick: AmendingTick): Amendment | undefined {
  const { publisher, reference } = tick;
  const { sequence, tradeId } = reference;
  if (sequence === 0) return amendments.named(tradeId, tick.attributes.venue);
  return amendments.get(publisher, sequence) ?? amendments.correctedBy(publisher, sequence);
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
  const corrections = known?.corrections ?? [];
  const { publisher, sequence } = tick;
  return {
    publisher: original.publisher,
    sequence: original.sequence,
    tradeIds: [...new Set(names)]
      .filter((name) => name !== '')
      .sort()
      .slice(0, tradeIdsMax),
    corrections: cancelled ? corrections : [...corrections, { publisher, sequence }].slice(-correctionsMax),
    venue: known?.venue ?? original.attributes.venue,
    bySec: tick.eventSec,
    byNano: tick.eventNano,
    byPublisher: publisher,
    bySequence: sequence,
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
  state.writing?.keepRow(row);
  rows.events[row]! += 1;
  markChanged(state, instrument, row);
  for (let profile = 0; profile < profiles.length; profile += 1) {
    if (profiles[profile] !== 'all') findFirst(state, instrument, row, profile);
  }
}
