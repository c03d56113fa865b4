/**
 * Takes a batch tick by tick. In: drafts in the stream's order and the terms that the batch gives. Out: parts by
 * partition with a verdict on each tick, or the symbols that must be asked for first, before which nothing is taken.
 */
import { TimeDomain } from '../log/tick-columns.ts';
import type { InstrumentTerms } from '../market/tick.ts';
import { builtInCalendarNames, calendarNamed } from '../sessions/calendar-loader.ts';
import { type DraftTick, sameMeaning } from './draft-tick.ts';
import { checkedTerms, type GivenInstrument } from './given-instrument.ts';
import { gathered, PartBuilder } from './publish-part.ts';
import { PublishRefusedError, quoted, type Rejection, rejection } from './refusal.ts';
import type { InstrumentOfStream } from './stream-instruments.ts';
import { emptyMessage } from './stream-refusals.ts';
import type { StreamState, TakeContext, Taken } from './stream-state.ts';
import { faultOfTick, nsText, timeTextFault } from './tick-faults.ts';
import { carryRun } from './tick-order.ts';

/** Takes the batch. Throws `PublishRefusedError`. */
export function takeRows(
  stream: StreamState,
  drafts: readonly DraftTick[],
  given: readonly GivenInstrument[],
  context: TakeContext,
): Taken {
  if (drafts.length === 0) throw emptyMessage('tick_batch');
  const missing = missingTerms(stream, drafts, context);
  if (missing.length > 0) return { missing };
  rememberGiven(stream, given);
  const claimed = draftsToClaim(stream, drafts, context);
  if (claimed.length > 0) return { missing: claimed };
  const { instruments } = stream;
  instruments.batch += 1;
  const floor = stream.lastSequence;
  const parts = new Map<number, PartBuilder>();
  const header = stream.header(context.nowNs, context);
  const take = (draft: DraftTick): void => {
    const { symbol, sequence } = draft;
    const instrument = instruments.at(symbol);
    const partition = stream.place(instrument, symbol, context);
    let part = parts.get(partition);
    if (part === undefined) parts.set(partition, (part = new PartBuilder(partition, header)));
    part.introduce(instrument, symbol);
    const run = { symbol, first: sequence, last: sequence, link: draft.linkGiven ? draft.link : undefined };
    draft.link = carryRun(instrument, run, instruments.batch, floor, part.reached);
    stream.lastSequence = Math.max(stream.lastSequence, sequence);
    const verdict = judge(stream, instrument, draft, context);
    if (verdict === undefined) takeAccepted(instrument, draft, part, context);
    else part.reject(draft, verdict);
  };
  const finished = gathered(parts, () => {
    for (const draft of drafts) take(draft);
    return Array.from(parts.values(), (part) => part.finish());
  });
  return { parts: finished, ticks: drafts.length, sequence: stream.lastSequence };
}

/** Symbols of which neither the stream nor the process knows the terms, and that were not asked for yet. */
export function missingTerms(
  stream: StreamState,
  ticks: Iterable<{ readonly symbol: string }>,
  context: TakeContext,
): string[] {
  const missing = new Set<string>();
  for (const { symbol } of ticks) {
    if (knownTerms(stream, stream.instruments.find(symbol), symbol, context) !== undefined) continue;
    if (!context.unknown.has(symbol)) missing.add(symbol);
  }
  return [...missing];
}

/** Puts the terms that unknown instruments would get by these ticks into `context.claims`. Returns their symbols. */
export function termsToClaim<Tick extends { readonly symbol: string }>(
  stream: StreamState,
  ticks: Iterable<Tick>,
  context: TakeContext,
  termsOf: (tick: Tick) => InstrumentTerms | undefined,
): string[] {
  const { claims } = context;
  if (claims === undefined) return [];
  for (const tick of ticks) {
    const { symbol } = tick;
    if (claims.has(symbol) || knownTerms(stream, stream.instruments.find(symbol), symbol, context) !== undefined) {
      continue;
    }
    const terms = termsOf(tick);
    if (terms !== undefined) claims.set(symbol, terms);
  }
  return [...claims.keys()];
}

/**
 * The same for drafts: the first one that is in order brings the terms. Where none is, their Voids still go where later
 * ticks will, which is claimed without terms. Throws `PublishRefusedError`.
 */
export function draftsToClaim(stream: StreamState, drafts: Iterable<DraftTick>, context: TakeContext): string[] {
  termsToClaim(stream, drafts, context, (draft) => {
    const instrument = stream.instruments.at(draft.symbol);
    return judge(stream, instrument, draft, context) === undefined ? draft.terms : undefined;
  });
  return placesToClaim(stream, drafts, context);
}

/** Puts symbols into `context.claims` of which it is not settled where they live. Returns all that is claimed. */
export function placesToClaim(
  stream: StreamState,
  entries: Iterable<{ readonly symbol: string }>,
  context: TakeContext,
): string[] {
  const { claims } = context;
  if (claims === undefined) return [];
  for (const { symbol } of entries) {
    if (!claims.has(symbol) && !stream.isPlaced(symbol, context)) claims.set(symbol, undefined);
  }
  return [...claims.keys()];
}

/** The terms that the instrument has in the log, or will have by what is under way, as far as this process knows. */
export function knownTerms(
  stream: StreamState,
  instrument: InstrumentOfStream | undefined,
  symbol: string,
  context: TakeContext,
): InstrumentTerms | undefined {
  return instrument?.terms ?? context.terms.find(stream.identity.dataset, symbol);
}

/** Remembers the terms that a batch gives. Throws `PublishRefusedError`. */
export function rememberGiven(stream: StreamState, given: readonly GivenInstrument[]): void {
  const { dataset } = stream.identity;
  const inBatch = new Map<string, InstrumentTerms>();
  for (const { dataset: named, symbol, terms } of given) {
    if (named !== '' && named !== dataset) {
      const message = `dataset ${quoted(named)} of instruments is not ${quoted(dataset)}, the stream's; leave it out`;
      throw new PublishRefusedError('FIELD_INVALID', message, { field: 'instruments.dataset', value: named });
    }
    const other = inBatch.get(symbol);
    if (other !== undefined && !sameMeaning(other, terms)) {
      const message = `instruments gives ${quoted(symbol)} twice with different terms; give it once`;
      throw new PublishRefusedError('FIELD_INVALID', message, { field: 'instruments', value: symbol });
    }
    inBatch.set(symbol, terms);
    stream.instruments.at(symbol).given = terms;
  }
}

/** Why the tick is refused, or nothing; its terms are settled then. */
export function judge(
  stream: StreamState,
  instrument: InstrumentOfStream,
  draft: DraftTick,
  context: TakeContext,
): Rejection | undefined {
  if (instrument.ended) return afterEnd(draft);
  if (draft.fault !== undefined) return draft.fault;
  if (draft.receiveNs < 0n) return timeTextFault('receive_time_ns', String(draft.receiveNs));
  const fault = faultOfTick(draft) ?? settleTerms(stream, instrument, draft, context);
  if (fault !== undefined || stream.identity.timeDomain !== TimeDomain.live) return fault;
  return aheadFault('event_time_ns', draft.eventSec, draft.eventNano, context) ?? aheadOfCorrected(draft, context);
}

/** Gives the tick the terms that its instrument has, or will have by it; or says why it cannot. */
export function settleTerms(
  stream: StreamState,
  instrument: InstrumentOfStream,
  draft: DraftTick,
  context: TakeContext,
): Rejection | undefined {
  const given = draft.termsGiven ? draft.terms : instrument.given;
  const known = knownTerms(stream, instrument, draft.symbol, context);
  if (known !== undefined) {
    if (given !== undefined && !sameMeaning(known, given)) return termsFault(draft.symbol, given, known);
    draft.terms = known;
    return undefined;
  }
  draft.terms = given === undefined ? defaultTerms(context.calendar) : checkedTerms(`${quoted(draft.symbol)}:`, given);
  return calendarNamed(draft.terms.calendar) === undefined ? calendarFault(draft.terms.calendar) : undefined;
}

/** Terms of an instrument of which nobody has given any: units of 10^-9, whole sizes, the dataset's calendar. */
export function defaultTerms(calendar: string): InstrumentTerms {
  return { priceExponent: -9, sizeExponent: 0, calendar, currency: '', tickSize: 0 };
}

/** Puts a tick that is in order into its part; the first one of an instrument introduces its terms. */
export function takeAccepted(
  instrument: InstrumentOfStream,
  draft: DraftTick,
  part: PartBuilder,
  context: TakeContext,
): void {
  part.use(instrument, draft.symbol, draft.terms, context.terms);
  part.accept(draft);
}

function afterEnd({ sequence, symbol }: DraftTick): Rejection {
  const message =
    `sequence ${sequence} of ${quoted(symbol)} comes after its end_of_replay on this stream; open a new stream to begin ` +
    'it again';
  return rejection('TICK_AFTER_END', message, { field: 'sequence', value: String(sequence), symbol });
}

/** Terms that disagree with those that the instrument has in the log. */
export function termsFault(symbol: string, given: InstrumentTerms, known: InstrumentTerms): Rejection {
  const message =
    `${quoted(symbol)} is in the log with ${termsText(known)}, and the tick comes with ${termsText(given)}; send it in the ` +
    'terms that are there';
  return rejection('TERMS_MISMATCH', message, {
    field: 'instrument',
    value: termsText(given),
    expected: termsText(known),
  });
}

function termsText({ priceExponent, sizeExponent, calendar }: InstrumentTerms): string {
  return `price_exponent ${priceExponent}, size_exponent ${sizeExponent}, calendar ${quoted(calendar)}`;
}

/** A calendar that this version does not have. */
export function calendarFault(calendar: string): Rejection {
  const names = builtInCalendarNames.join(', ');
  const message = `calendar ${quoted(calendar)} is not known; give one of ${names}`;
  return rejection('CALENDAR_UNKNOWN', message, { field: 'calendar', value: calendar, known: names });
}

function aheadOfCorrected({ original }: DraftTick, context: TakeContext): Rejection | undefined {
  if (original?.correctedSec === undefined) return undefined;
  return aheadFault('corrected_event_time_ns', original.correctedSec, original.correctedNano ?? 0, context);
}

/** A live tick of the future: it would hold a bar open that nobody has traded in. */
export function aheadFault(field: string, sec: number, nano: number, context: TakeContext): Rejection | undefined {
  if (!isAhead(sec, nano, context)) return undefined;
  const max = String(context.nowNs + BigInt(context.aheadMsMax) * 1_000_000n);
  const value = nsText(sec, nano);
  const message =
    `${field} ${value} lies more than ${context.aheadMsMax} ms ahead of ingest's clock, ${context.nowNs}; set the clock that ` +
    'it comes from, or publish as a delayed or replay publisher';
  return rejection('EVENT_TIME_AHEAD', message, { field, value, max, now: String(context.nowNs) });
}

/** Whether a time lies ahead of ingest's clock by more than the bound. */
export function isAhead(sec: number, nano: number, { nowNs, aheadMsMax }: TakeContext): boolean {
  const maxMs = Number(nowNs / 1_000_000n) + aheadMsMax;
  // Whole milliseconds decide, except for the last one.
  return sec * 1_000 + nano / 1_000_000 > maxMs;
}
