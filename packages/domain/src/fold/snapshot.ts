/**
 * The description of what a snapshot of a partition's fold holds besides tape and bars. In: a direction and a state. Out:
 * bytes, or the state filled. Trades are not in it: recovery reads the log again from `retain_from_offset`.
 */
import { type InstrumentState, ownFromTheStart } from '../bars/instrument-state.ts';
import { calendarNamed } from '../sessions/calendar-loader.ts';
import type { Exclusions } from '../tape/retained-log.ts';
import type { FoldState } from './fold-state.ts';
import type { FoldCounters } from './fold-types.ts';
import { noteShippedDue } from './receive-trades.ts';
import { firstNeededBlock } from './retained-work.ts';
import { firstVersionWithPlaces, type StateIo, transferList } from './state-io.ts';
import { readBars } from './transfer-bars.ts';
import { transferAhead, transferPlace } from './transfer-places.ts';
import {
  transferAmendments,
  transferFirsts,
  transferLinks,
  transferPublishers,
  transferTerms,
} from './transfer-tape.ts';

/** Version of the envelope around the state. */
export const envelopeVersion = 1;

/** Where recovery begins: the record, and the number and position of its first block. */
export type RetainFrom = { offset: number; block: number; position: number };

/** The record from which recovery reads again after this state's snapshot. */
export function snapshotRetainFrom(state: FoldState): number {
  return retainFrom(state).offset;
}

function retainFrom(state: FoldState): RetainFrom {
  const { retained } = state;
  const block = retained.block(firstNeededBlock(state));
  if (block === undefined) return { offset: state.nextOffset, block: retained.nextNumber, position: retained.position };
  return { offset: block.offset, block: block.recordNumber, position: block.recordPosition };
}

/** The first part of a state: clock, counters, publishers, when to look again. Answers how many blocks it has seen. */
export function transferFacts(io: StateIo, state: FoldState): number {
  const { clock, retained } = state;
  clock.nowMs = io.uint(clock.nowMs);
  clock.waitedMs = io.uint(clock.waitedMs);
  transferCounters(io, state.counters);
  transferPublishers(io, state.publishers);
  state.closeDueMs = io.time(state.closeDueMs);
  state.leaveDueMs = io.time(state.leaveDueMs);
  state.giveUpDueMs = io.time(state.giveUpDueMs);
  state.holdDueMs = io.time(state.holdDueMs);
  state.expiryDay = io.uint(state.expiryDay);
  state.trimmedAt = io.uint(state.trimmedAt);
  return io.uint(retained.nextNumber);
}

/** The second part: where the blocks that are read again begin. */
export function transferPosition(io: StateIo, from: RetainFrom): void {
  from.block = io.uint(from.block);
  from.position = io.uint(from.position);
}

/** The third part: ticks that were not applied where they stand. Answers how many instruments follow. */
export function transferExceptions(io: StateIo, state: FoldState, { block, position }: RetainFrom): number {
  const { retained } = state;
  const floor = io.uint(retained.floor);
  const exclusions = transferExclusions(io, retained.exclusions);
  if (io.reading) retained.resume(block, position, floor, exclusions);
  return io.uint(state.instruments.length);
}

function transferCounters(io: StateIo, counters: FoldCounters): void {
  for (const name of Object.keys(counters) as (keyof FoldCounters)[]) counters[name] = io.uint(counters[name]);
}

function transferExclusions(io: StateIo, exclusions: ReadonlyMap<number, Exclusions>): Map<number, Exclusions> {
  const entries = transferList(io, [...exclusions], (entry): [number, Exclusions] => [
    io.uint(entry?.[0] ?? 0),
    {
      position: io.uint(entry?.[1].position ?? 0),
      ranges: transferList(io, entry?.[1].ranges ?? [], (bound) => io.uint(bound ?? 0)),
    },
  ]);
  return new Map(entries);
}

/** One instrument of those that follow. */
export function readInstrument(io: StateIo, state: FoldState): void {
  const { instrument, isAheadBehind } = transferTape(io, state, undefined);
  readBars(io, state, instrument);
  transferRest(io, instrument);
  if (isAheadBehind) transferAhead(io, instrument, undefined);
  // In a snapshot from before they had clocks they come now.
  else for (const set of instrument.shipped) set.sinceMs = state.clock.nowMs;
  for (const set of instrument.shipped) noteShippedDue(state, set);
  const held = instrument.links.reduce((sum, link) => sum + link.held.length, 0);
  state.heldCount += held;
  if (held > 0) state.holding.add(instrument);
  if (instrument.pending.length > 0) state.pending.add(instrument);
  if (instrument.shipped.length > 0) state.expected.add(instrument);
  if (instrument.listedAt > 0) state.listed[instrument.listedAt - 1] = instrument;
}

/** The first part of an instrument, before its bars: names, terms, place, chains; and whether a part follows behind the others. */
export function transferTape(
  io: StateIo,
  state: FoldState,
  known: InstrumentState | undefined,
): { readonly instrument: InstrumentState; readonly isAheadBehind: boolean } {
  const dataset = io.text(known?.dataset ?? '');
  const symbol = io.text(known?.symbol ?? '');
  const instrument = known ?? state.instrument(dataset, symbol);
  instrument.terms = transferTerms(io, instrument.terms);
  if (io.reading && instrument.terms !== undefined) instrument.calendar = calendarNamed(instrument.terms.calendar);
  instrument.listedAt = io.uint(instrument.listedAt);
  const isAheadBehind = io.version >= firstVersionWithPlaces && transferPlace(io, instrument);
  if (io.version < firstVersionWithPlaces) instrument.place = ownFromTheStart;
  instrument.lastNumber = io.uint(instrument.lastNumber);
  instrument.closeDueMs = io.time(instrument.closeDueMs);
  instrument.leaveDueMs = io.time(instrument.leaveDueMs);
  transferLinks(io, instrument);
  return { instrument, isAheadBehind };
}

/** The part of an instrument after its bars: first trades, and what amendments left. */
export function transferRest(io: StateIo, instrument: InstrumentState): void {
  transferFirsts(io, instrument);
  transferAmendments(io, instrument);
}
