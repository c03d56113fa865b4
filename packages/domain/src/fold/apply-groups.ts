/**
 * Takes the groups of a tick block through the rules of the chain (F1 to F6). In: a decoded block. Out: ticks applied,
 * held, dropped as repeats or refused. A group that follows on what was applied last, the usual case, is applied as a
 * whole without a look at its single ticks.
 */
import type { InstrumentState } from '../bars/instrument-state.ts';
import { nanoOf, secondOf, type TickColumns } from '../log/tick-columns.ts';
import { type InstrumentTerms, TickKind } from '../market/tick.ts';
import { calendarNamed } from '../sessions/calendar-loader.ts';
import { type Held, heldMsMax, type HeldTick, holdsTooMany } from '../tape/held-items.ts';
import type { Link } from '../tape/link.ts';
import { retryPending } from './amend.ts';
import { applyTicks, moveOnTo } from './apply-ticks.ts';
import { applyHeldTick } from './apply-held.ts';
import { liveBit } from './bar-times.ts';
import { markSweep } from './close-bars.ts';
import { type FoldState, inOrder } from './fold-state.ts';
import { linkOfPublisher } from './link-of-publisher.ts';
import { routeEntry } from './route-entry.ts';
import { type BlockPlace, StrayGroups } from './stray-groups.ts';
import { type BlockSource, sequenceIn } from './tick-source.ts';

/** Applies every group of `state.columns`, which was decoded from the block at `place`; strays go their way. */
export function applyGroups(state: FoldState, place: BlockPlace): void {
  const { columns } = state;
  const source = state.blockTicks.meet(place.number);
  let strays: StrayGroups | undefined;
  state.applyingBlock = place.number;
  state.applyingPlace = 0;
  for (let group = 0; group < columns.groupCount; group += 1) {
    // All groups of a stray go with the first, also where that made its instrument begin here.
    if (strays !== undefined && strays.has(group)) continue;
    const instrument = state.instrument(columns.dataset, columns.symbols[group]!);
    if (instrument.place.kind === 'own') applyOwnGroup(state, instrument, source, group);
    else {
      strays ??= new StrayGroups(state, place, group);
      const way = { epoch: columns.mapEpoch, isForwarded: false };
      routeEntry(state, instrument, strays.take(instrument.symbol), way);
    }
  }
  state.applyingBlock = -1;
  // The columns are filled again by the next block.
  state.counted?.settle();
}

/**
 * Applies the groups of a block of an instrument that was parked or cut out, and is owned by now. `offsets` say where its
 * ticks stand in the block with that number; see `ParkedEntry`.
 */
export function applyParkedGroups(
  state: FoldState,
  instrument: InstrumentState,
  block: number,
  offsets: readonly number[],
): void {
  const { applyingBlock, applyingPlace } = state;
  const source = state.parkedTicks.meet(block);
  state.applyingBlock = block;
  for (let group = 0; group < state.parkedColumns.groupCount; group += 1) {
    source.firstPlace = offsets[group] ?? 0;
    applyOwnGroup(state, instrument, source, group);
  }
  state.applyingBlock = applyingBlock;
  state.applyingPlace = applyingPlace;
}

function applyOwnGroup(state: FoldState, instrument: InstrumentState, source: BlockSource, group: number): void {
  if (!acceptTerms(state, instrument, source, group)) return;
  const link = linkOfPublisher(state, instrument, source.columns.publisherId);
  applyGroup(state, instrument, link, source, group);
  takeProgress(state, instrument, link);
}

/** Whether the group's terms are the instrument's; the first tick brings them. Otherwise the group is refused. */
function acceptTerms(state: FoldState, instrument: InstrumentState, source: BlockSource, group: number): boolean {
  const { columns, block, firstPlace } = source;
  const { terms } = columns.terms[columns.groupTerms[group]!]!;
  const known = instrument.terms;
  if (known === terms) return true;
  if (known === undefined) {
    const calendar = calendarNamed(terms.calendar);
    if (calendar !== undefined) {
      instrument.terms = terms;
      instrument.calendar = calendar;
      instrument.listedAt = state.listed.push(instrument);
      instrument.listedEpoch = instrument.place.kind === 'own' ? instrument.place.epoch : 0;
      return true;
    }
  } else if (sameTerms(known, terms)) return true;
  const from = columns.groupStart[group]!;
  const to = columns.groupStart[group + 1]!;
  for (let index = from; index < to; index += 1) state.retained.exclude(block, firstPlace + index);
  state.counters.quarantined += to - from;
  state.notice(known === undefined ? 'CALENDAR_UNKNOWN' : 'TERMS_MISMATCH', {
    dataset: instrument.dataset,
    symbol: instrument.symbol,
    publisherId: columns.publisherId,
    sequence: columns.sequenceAt(group, from),
    sequenceLast: columns.sequenceAt(group, to - 1),
    detail: `calendar '${terms.calendar}', price exponent ${terms.priceExponent}, size exponent ${terms.sizeExponent}`,
  });
  return false;
}

function sameTerms(left: InstrumentTerms, right: InstrumentTerms): boolean {
  return (
    left.priceExponent === right.priceExponent &&
    left.sizeExponent === right.sizeExponent &&
    left.calendar === right.calendar
  );
}

function applyGroup(
  state: FoldState,
  instrument: InstrumentState,
  link: Link,
  source: BlockSource,
  group: number,
): void {
  const { columns } = source;
  const from = columns.groupStart[group]!;
  const to = columns.groupStart[group + 1]!;
  const first = columns.groupSequence[group]!;
  source.group = group;
  source.sequenceBase = first - from;
  source.outOfOrder = false;
  if (link.held.length > 0 || columns.groupLink[group] !== link.last || first <= link.last) {
    applyOneByOne(state, instrument, link, source, group);
    return;
  }
  instrument.postBlock(source.block);
  for (let index = from; index < to;) {
    const trades = columns.onlyTrades ? to : endOfTrades(columns, index, to);
    const end = instrument.pending.length === 0 ? trades : endAtAwaited(instrument, link, source, index, trades);
    link.last = columns.sequenceAt(group, end - 1);
    state.applyingPlace = source.firstPlace + end;
    applyTicks(state, instrument, link, source, index, end);
    retryFor(state, instrument, link, source, end - 1);
    index = end;
  }
}

/** The end of the run that stops right after a trade for which an amendment waits: it counts before time moves on. */
function endAtAwaited(instrument: InstrumentState, link: Link, source: BlockSource, from: number, to: number): number {
  for (let index = from; index < to; index += 1) if (isAwaited(instrument, link, source, index)) return index + 1;
  return to;
}

function isAwaited({ pending }: InstrumentState, link: Link, source: BlockSource, index: number): boolean {
  if (pending.length === 0) return false;
  if (pending.awaitsIds && pending.awaitsId(source.tradeIdAt(index))) return true;
  return pending.awaitsSequence(link.publisher, sequenceIn(source, index));
}

/** Tries the amendments that wait for the trade at `index`, if there are any. */
function retryFor(state: FoldState, instrument: InstrumentState, link: Link, source: BlockSource, index: number): void {
  if (!isAwaited(instrument, link, source, index)) return;
  const tradeIds = [source.tradeIdAt(index)];
  const { publisher } = link;
  const sequence = sequenceIn(source, index);
  retryPending(state, instrument, source.block, { tradeIds, publisher, sequence, corrections: [] });
}

/** The end of the run of trades from `index` on; one tick further where the tick is of another kind. */
function endOfTrades(columns: TickColumns, index: number, to: number): number {
  let end = index;
  while (end < to && columns.attributes[columns.attribute[end]!]!.attributes.kind === TickKind.trade) end += 1;
  return Math.max(end, index + 1);
}

function applyOneByOne(
  state: FoldState,
  instrument: InstrumentState,
  link: Link,
  source: BlockSource,
  group: number,
): void {
  const { columns } = source;
  const from = columns.groupStart[group]!;
  const to = columns.groupStart[group + 1]!;
  let before = columns.groupLink[group]!;
  for (let index = from; index < to; index += 1) {
    const sequence = columns.sequenceAt(group, index);
    const decision = link.decide(sequence, before);
    state.applyingPlace = source.firstPlace + index + 1;
    if (decision === 'apply' || decision === 'hold') instrument.postBlock(source.block);
    if (decision === 'apply') {
      source.outOfOrder = link.isBehind(sequence);
      link.accept(sequence);
      applyTicks(state, instrument, link, source, index, index + 1);
      retryFor(state, instrument, link, source, index);
      drainHeld(state, instrument, link);
    } else {
      state.retained.exclude(source.block, source.firstPlace + index);
      if (decision === 'hold') holdTick(state, instrument, link, source, { index, sequence, link: before });
      else refuseTick(state, instrument, link, decision, sequence);
    }
    before = sequence;
  }
}

/** Counts a tick or Void that is not applied, and tells of one whose hole was forgotten. */
export function refuseTick(
  state: FoldState,
  instrument: InstrumentState,
  link: Link,
  decision: 'repeat' | 'forgotten',
  sequence: number,
): void {
  if (decision === 'repeat') {
    state.counters.repeats += 1;
    return;
  }
  state.counters.quarantined += 1;
  const { dataset, symbol } = instrument;
  const publisherId = state.publishers.at(link.publisher).id;
  state.notice('HOLE_FORGOTTEN', {
    dataset,
    symbol,
    publisherId,
    sequence,
    detail: 'more than 64 declared gaps were open',
  });
}

function holdTick(
  state: FoldState,
  instrument: InstrumentState,
  link: Link,
  source: BlockSource,
  place: { index: number; sequence: number; link: number },
): void {
  const { columns, block, firstPlace } = source;
  const { index } = place;
  const eventSec = secondOf(columns, columns.timeNs[index]!);
  const tick: HeldTick = {
    interned: columns.attributes[columns.attribute[index]!]!,
    eventSec,
    eventNano: nanoOf(columns, columns.timeNs[index]!, eventSec),
    price: columns.price[index]!,
    size: columns.size[index]!,
    tradeId: source.tradeIdAt(index),
    reference: source.referenceAt(index),
    venueSequence: source.rare.venueSequenceAt(index),
    receiveTimeNs: columns.receiveTimeNs,
    receiveDelayNs: source.rare.receiveDelayAt(index),
    block,
    index: firstPlace + index,
  };
  holdItem(state, instrument, link, place.sequence, place.link, tick);
}

/** Holds a tick, or a Void where `tick` is absent, until its predecessor comes; at the bound a gap is declared. */
export function holdItem(
  state: FoldState,
  instrument: InstrumentState,
  link: Link,
  sequence: number,
  before: number,
  tick: HeldTick | undefined,
): void {
  const { waitedMs } = state.clock;
  const item = { sequence, link: before, sinceMs: waitedMs, firstAppendMs: state.firstAppendMs };
  const heldBefore = link.held.length;
  if (!link.held.add(tick === undefined ? item : { ...item, tick })) {
    state.counters.repeats += 1;
    return;
  }
  state.heldCount += link.held.length - heldBefore;
  state.holding.add(instrument);
  state.holdDueMs = Math.min(state.holdDueMs, waitedMs + heldMsMax);
  while (holdsTooMany(link.held.length, state.heldCount)) declareGap(state, instrument, link, link.held.first!);
}

/** Applies what was held and whose turn has come. */
export function drainHeld(state: FoldState, instrument: InstrumentState, link: Link): void {
  for (let ready = link.nextReady(); ready !== undefined; ready = link.nextReady()) {
    const { item, decision } = ready;
    state.heldCount -= 1;
    if (decision === 'apply') applyHeldItem(state, instrument, link, item);
    else refuseTick(state, instrument, link, decision, item.sequence);
  }
  takeProgress(state, instrument, link);
}

function applyHeldItem(state: FoldState, instrument: InstrumentState, link: Link, item: Held): void {
  if (item.tick === undefined) {
    if (link.acceptVoid(item.sequence)) state.counters.voided += 1;
    else state.counters.repeats += 1;
    return;
  }
  const outOfOrder = link.isBehind(item.sequence);
  link.accept(item.sequence);
  applyHeldTick(state, instrument, link, item.sequence, item.tick, outOfOrder);
  const { publisher } = link;
  const { block, tradeId } = item.tick;
  retryPending(state, instrument, block, { tradeIds: [tradeId], publisher, sequence: item.sequence, corrections: [] });
}

/** Rule F6 for a held item: what is missing before it stays a hole, and it is applied. */
function declareGap(state: FoldState, instrument: InstrumentState, link: Link, item: Held): void {
  state.writing?.keep(instrument);
  const missing = link.declareGap(item);
  state.heldCount -= 1;
  state.counters.gapsDeclared += 1;
  state.notice('GAP_DECLARED', {
    dataset: instrument.dataset,
    symbol: instrument.symbol,
    publisherId: state.publishers.at(link.publisher).id,
    sequence: missing.low + 1,
    sequenceLast: missing.high,
    detail: `the tick that sequence ${item.sequence} names as its predecessor, ${item.link}, did not come`,
  });
  applyHeldItem(state, instrument, link, item);
  drainHeld(state, instrument, link);
}

/** Rule F6: declares the gaps of everything that has waited for 60 s of the waiting clock. */
export function declareOverdueGaps(state: FoldState): void {
  const { waitedMs } = state.clock;
  if (waitedMs < state.holdDueMs) return;
  state.holdDueMs = Infinity;
  for (const instrument of inOrder(state.holding)) {
    for (const link of instrument.links) {
      for (;;) {
        const overdue = link.held.firstSince(waitedMs - heldMsMax);
        if (overdue === undefined) break;
        declareGap(state, instrument, link, overdue);
      }
      for (const item of link.held.all()) state.holdDueMs = Math.min(state.holdDueMs, item.sinceMs + heldMsMax);
    }
    if (instrument.links.every((link) => link.held.length === 0)) state.holding.delete(instrument);
  }
}

/** Rule T2: a Progress counts once the tick that it names is applied. */
function takeProgress(state: FoldState, instrument: InstrumentState, link: Link): void {
  if (link.progressLink < 0 || link.last < link.progressLink) return;
  const ms = link.progressMs;
  link.progressLink = -1;
  link.progressMs = -1;
  reachTime(state, instrument, link, ms);
}

/** Takes in how far a delayed or replay publisher is, ms since the Unix epoch; bars may leave by it, not only close. */
export function reachTime(state: FoldState, instrument: InstrumentState, link: Link, ms: number): void {
  if (link.bit === liveBit) return;
  moveOnTo(state, instrument, link, ms);
  markSweep(state, instrument);
}
