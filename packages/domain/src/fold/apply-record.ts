/**
 * Applies one record: the clock first, then its entries in order. In: a record. Out: the state changed; bars that
 * changed are marked and put out by the caller. Law 8: what cannot be used is counted and told, with its offset.
 */
import type { InstrumentState } from '../bars/instrument-state.ts';
import type { ForwardEntry } from '../log/forward-entry.ts';
import { type EndOfReplayEntry, EntryField, type ProgressEntry, type VoidEntry } from '../log/log-entries.ts';
import { decodeLogRecord, type LogEntry } from '../log/log-record.ts';
import { decodeEntryOfMoves, type EntryOfMoves, type HandoverEntry, type SliceOfMoves } from '../log/move-entries.ts';
import { MalformedError } from '../log/proto-reader.ts';
import { checkRareColumns } from '../log/rare-columns.ts';
import { decodeTickBlock } from '../log/tick-block-decode.ts';
import type { TradesEntry } from '../log/trades-entry.ts';
import type { HandoverPart } from '../placement/handover-parts.ts';
import { decideHandover } from '../placement/handover-rules.ts';
import { nameCharactersMax } from '../log/log-dictionary.ts';
import { charactersIn, isLongerThan } from '../log/text.ts';
import { forgottenAtMs, isExpired } from '../tape/publishers.ts';
import { applyGroups, declareOverdueGaps } from './apply-groups.ts';
import { applyProgress, applyVoid } from './apply-small.ts';
import { closeByClock, forgetPublishers } from './clock-work.ts';
import type { FoldState } from './fold-state.ts';
import type { LogRecordInput } from './fold-types.ts';
import { formText, type HandoverContent, handoverForm } from './handover-state.ts';
import { parkedSmall, progressOfOne } from './parked-entry.ts';
import { expireShipped, noteShipped } from './receive-trades.ts';
import { prepareMove } from './ship-trades.ts';
import { trimRetained } from './retained-work.ts';
import { routeEntry, timeOfRecord, type Way } from './route-entry.ts';

/** Applies a record that is next in the log. */
export function applyRecord(state: FoldState, record: LogRecordInput): void {
  state.clock.advance(record.appendTimeMs);
  forgetPublishers(state);
  closeByClock(state);
  declareOverdueGaps(state);
  expireShipped(state);
  state.firstAppendMs = record.appendTimeMs;
  if (state.isRestored) state.moves?.tryAgain();
  state.isRestored = false;
  state.moves?.passTime(timeOfRecord(state));
  const entries = entriesOf(record);
  if (typeof entries === 'string') refuse(state, entries);
  else for (const entry of entries) applyEntry(state, record, entry);
  closeByClock(state);
  trimRetained(state);
}

/** The record's entries, or why it is none. */
export function entriesOf(record: LogRecordInput): LogEntry[] | string {
  try {
    return decodeLogRecord(record.bytes);
  } catch (error) {
    if (error instanceof MalformedError) return error.message;
    throw error;
  }
}

/** Decodes a block of the record into `state.columns`; answers why it cannot be used, or `undefined` if it can. */
export function decodeBlock(state: FoldState, record: LogRecordInput, start: number, end: number): string | undefined {
  try {
    decodeTickBlock(record.bytes, start, end, state.dictionary, state.columns);
    checkRareColumns(state.columns);
    return undefined;
  } catch (error) {
    if (error instanceof MalformedError) return error.message;
    throw error;
  }
}

function refuse(state: FoldState, detail: string): void {
  state.counters.quarantined += 1;
  state.notice('RECORD_MALFORMED', { detail });
}

function applyEntry(state: FoldState, record: LogRecordInput, entry: LogEntry): void {
  switch (entry.kind) {
    case 'tickBlock':
      applyBlock(state, record, entry.start, entry.end);
      return;
    case 'void':
      meetVoid(state, entry, { firstAppendTimeMs: record.appendTimeMs, epoch: entry.mapEpoch, isForwarded: false });
      return;
    case 'time':
      return;
    case 'progress':
    case 'endOfReplay':
      meetProgress(state, entry, { firstAppendTimeMs: record.appendTimeMs, epoch: entry.mapEpoch, isForwarded: false });
      return;
    case 'alive':
      for (const id of entry.publisherIds) {
        const index = state.publishers.find(id);
        if (index >= 0) state.publishers.at(index).aliveMs = state.clock.waitedMs;
      }
      return;
    case 'forward':
    case 'origin':
    case 'move':
    case 'handover':
    case 'trades':
    case 'prepare':
      if (state.moves === undefined) refuseKind(state, EntryField[entry.kind]);
      else applyEntryOfMoves(state, record, entry);
      return;
    case 'unknown':
      refuseKind(state, entry.field);
      return;
  }
}

function refuseKind(state: FoldState, field: number): void {
  state.counters.quarantined += 1;
  state.notice('ENTRY_UNSUPPORTED', { detail: `entry kind ${field} is not known to this version` });
}

function applyBlock(state: FoldState, record: LogRecordInput, start: number, end: number): void {
  const { appendTimeMs } = record;
  const number = takeBlock(state, record, start, end, appendTimeMs);
  if (number >= 0) applyGroups(state, { number, start, end, appendTimeMs });
}

/**
 * Decodes a block into `state.columns` and answers its number, or -1 if it cannot be used. The number must depend on nothing
 * but the record, since reading again gives it once more (`reread.ts`).
 */
function takeBlock(
  state: FoldState,
  record: LogRecordInput,
  start: number,
  end: number,
  firstAppendTimeMs: number,
): number {
  const problem = decodeBlock(state, record, start, end);
  if (problem !== undefined) {
    refuse(state, problem);
    return -1;
  }
  const { columns } = state;
  if (isExpired(columns.publisherId, firstAppendTimeMs)) {
    state.counters.quarantined += columns.tickCount;
    const detail = `${columns.tickCount} ticks were appended 8 days or more after the publisher's id was issued`;
    state.notice('PUBLISHER_EXPIRED', { dataset: columns.dataset, publisherId: columns.publisherId, detail });
    return -1;
  }
  return state.retained.add(record.offset, record.bytes, start, end, columns.extent());
}

/** The entry of moves, or why it cannot be used. */
export function entryOfMoves(record: LogRecordInput, slice: SliceOfMoves): EntryOfMoves | string {
  try {
    return decodeEntryOfMoves(record.bytes, slice);
  } catch (error) {
    if (error instanceof MalformedError) return error.message;
    throw error;
  }
}

function applyEntryOfMoves(state: FoldState, record: LogRecordInput, slice: SliceOfMoves): void {
  const entry = entryOfMoves(record, slice);
  if (typeof entry === 'string') {
    refuse(state, entry);
    return;
  }
  if (entry.kind === 'forward') {
    applyForward(state, record, entry);
    return;
  }
  const instrument = state.instrument(entry.dataset, entry.symbol);
  const moves = state.moves!;
  if (entry.kind === 'origin') moves.origin(instrument, entry.partition);
  else if (entry.kind === 'move') moves.move(instrument, entry);
  else if (entry.kind === 'handover') moves.handover(instrument, partOf(entry));
  else if (entry.kind === 'trades') keepTrades(state, record, instrument, entry);
  else if (instrument.place.kind === 'own') prepareMove(state, instrument, entry);
}

function partOf(entry: HandoverEntry): HandoverPart<HandoverContent> {
  const { epoch, part, parts, state, tradeBlocks, movedAtMs } = entry;
  // A copy: what waits for other parts must not keep its record.
  const content = { state: new Uint8Array(state), tradeBlocks, movedAtMs };
  return { epoch, form: formText(entry), part, parts, content };
}

/** Trades shipped ahead. Every block that can be read gets a number, also that of a repeat, since reading again counts them too. */
function keepTrades(state: FoldState, record: LogRecordInput, instrument: InstrumentState, entry: TradesEntry): void {
  const isOfForm = formText(entry) === formText(handoverForm(state.config));
  const decision = decideHandover(instrument.place, entry.epoch);
  if (decision === 'contradict') state.moves!.contradict(instrument);
  for (const [index, { start, end, excluded }] of entry.blocks.entries()) {
    const problem = decodeBlock(state, record, start, end);
    if (problem !== undefined) {
      refuse(state, problem);
      continue;
    }
    const number = state.retained.add(record.offset, record.bytes, start, end, state.columns.extent());
    if (decision !== 'take' || !isOfForm) continue;
    if (!noteShipped(state, instrument, entry.epoch, { ordinal: entry.first + index, number })) continue;
    for (let at = 0; at < excluded.length; at += 2) {
      for (let place = excluded[at]!; place < excluded[at + 1]!; place += 1) state.retained.exclude(number, place);
    }
  }
}

/** What another partition sent on, as if it stood here; its age counts from its first record (rule E2). */
function applyForward(state: FoldState, record: LogRecordInput, forward: ForwardEntry): void {
  const { dataset, symbol, epoch, firstAppendTimeMs } = forward;
  const way = { epoch, firstAppendTimeMs, isForwarded: true };
  state.firstAppendMs = firstAppendTimeMs;
  for (const entry of forward.entries) {
    if (entry.kind === 'void') meetVoid(state, entry, way);
    else if (entry.kind !== 'tickBlock') meetProgress(state, entry, way);
    else {
      const { start, end } = entry;
      const number = takeBlock(state, record, start, end, firstAppendTimeMs);
      if (number < 0) continue;
      const instrument = state.instrument(dataset, symbol);
      if (isForgotten(state, state.columns.publisherId)) refuseForgotten(state, instrument, number);
      else if (instrument.place.kind === 'own') {
        applyGroups(state, { number, start, end, appendTimeMs: record.appendTimeMs });
      } else {
        // A copy: what is parked must not keep its record, nor what that was read with.
        const bytes = new Uint8Array(record.bytes.subarray(start, end));
        routeEntry(state, instrument, { kind: 'tickBlock', bytes, firstAppendTimeMs, block: number, offsets: [] }, way);
      }
    }
  }
  state.firstAppendMs = record.appendTimeMs;
}

/** Rule E3 for what was sent on: a publisher that is forgotten here would be met as a new one, and its repeats would count. */
function isForgotten(state: FoldState, publisherId: bigint): boolean {
  return state.clock.nowMs >= forgottenAtMs(publisherId, state.config.retentionMs);
}

const forgottenDetail = 'sent on after its publisher was forgotten, 8 days and twice the retention after its issue';

function refuseForgotten(state: FoldState, instrument: InstrumentState, block: number): void {
  const { columns } = state;
  const { publisherId, tickCount } = columns;
  for (let index = 0; index < tickCount; index += 1) state.retained.exclude(block, index);
  state.counters.quarantined += tickCount;
  const { dataset, symbol } = instrument;
  const detail = `${tickCount} ticks were ${forgottenDetail}`;
  state.notice('PUBLISHER_EXPIRED', { dataset, symbol, publisherId, detail });
}

/** Whether an entry's publisher and names can be used; otherwise it is refused and told. */
function isUsable(
  state: FoldState,
  entry: { publisherId: bigint; dataset: string },
  symbol: string,
  { firstAppendTimeMs, isForwarded }: Way,
): boolean {
  const { publisherId, dataset } = entry;
  const isTooOld = isExpired(publisherId, firstAppendTimeMs);
  if (isTooOld || (isForwarded && isForgotten(state, publisherId))) {
    const detail = isTooOld ? 'appended 8 days or more after its issue' : forgottenDetail;
    state.counters.quarantined += 1;
    state.notice('PUBLISHER_EXPIRED', { dataset, symbol, publisherId, detail });
    return false;
  }
  for (const name of [dataset, symbol]) {
    if (name.length >= 1 && !isLongerThan(name, nameCharactersMax)) continue;
    refuse(state, `a dataset or symbol has ${charactersIn(name)} characters; the limit is ${nameCharactersMax}`);
    return false;
  }
  return true;
}

function meetVoid(state: FoldState, entry: VoidEntry, way: Way): void {
  const { sequence, link, dataset, symbol } = entry;
  if (!isUsable(state, entry, symbol, way)) return;
  if (sequence < 1 || link >= sequence) {
    refuse(state, `a Void of sequence ${sequence} names ${link} as its predecessor`);
    return;
  }
  const instrument = state.instrument(dataset, symbol);
  if (instrument.place.kind === 'own') applyVoid(state, instrument, entry);
  else routeEntry(state, instrument, parkedSmall(entry, way.firstAppendTimeMs), way);
}

/** Each instrument of it goes its own way. */
function meetProgress(state: FoldState, entry: ProgressEntry | EndOfReplayEntry, way: Way): void {
  for (const item of entry.instruments) {
    if (!isUsable(state, entry, item.symbol, way)) continue;
    const instrument = state.instrument(entry.dataset, item.symbol);
    if (instrument.place.kind === 'own') applyProgress(state, instrument, entry, item);
    else routeEntry(state, instrument, parkedSmall(progressOfOne(entry, item), way.firstAppendTimeMs), way);
  }
}
