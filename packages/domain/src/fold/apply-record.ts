/**
 * Applies one record: the clock first, then its entries in order. In: a record. Out: the state changed; bars that
 * changed are marked and put out by the caller. Law 8: what cannot be used is counted and told, with its offset.
 */
import { EntryField } from '../log/log-entries.ts';
import { decodeLogRecord, type InstrumentProgress, type LogEntry } from '../log/log-record.ts';
import { MalformedError } from '../log/proto-reader.ts';
import { checkRareColumns } from '../log/rare-columns.ts';
import { decodeTickBlock } from '../log/tick-block-decode.ts';
import { nameCharactersMax } from '../log/log-dictionary.ts';
import { charactersIn, isLongerThan } from '../log/text.ts';
import { isExpired } from '../tape/publishers.ts';
import { applyGroups, declareOverdueGaps, drainHeld, holdItem, reachTime, refuseTick } from './apply-groups.ts';
import { endOfTimeMs, liveBit } from './bar-times.ts';
import { closeByClock, forgetPublishers } from './clock-work.ts';
import type { FoldState } from './fold-state.ts';
import type { LogRecordInput } from './fold-types.ts';
import { linkOfPublisher } from './link-of-publisher.ts';
import { trimRetained } from './retained-work.ts';

/** Applies a record that is next in the log. */
export function applyRecord(state: FoldState, record: LogRecordInput): void {
  state.clock.advance(record.appendTimeMs);
  forgetPublishers(state);
  closeByClock(state);
  declareOverdueGaps(state);
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
      applyVoid(state, record, entry);
      return;
    case 'time':
      return;
    case 'progress':
    case 'endOfReplay':
      applyProgress(state, record, entry);
      return;
    case 'alive':
      for (const id of entry.publisherIds) {
        const index = state.publishers.find(id);
        if (index >= 0) state.publishers.at(index).aliveMs = state.clock.waitedMs;
      }
      return;
    case 'move':
    case 'handover':
    case 'forward':
    case 'origin':
    case 'trades':
    case 'prepare':
      refuseKind(state, EntryField[entry.kind]);
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
  const problem = decodeBlock(state, record, start, end);
  if (problem !== undefined) {
    refuse(state, problem);
    return;
  }
  const { columns } = state;
  if (isExpired(columns.publisherId, record.appendTimeMs)) {
    state.counters.quarantined += columns.tickCount;
    const detail = `${columns.tickCount} ticks were appended 8 days or more after the publisher's id was issued`;
    state.notice('PUBLISHER_EXPIRED', { dataset: columns.dataset, publisherId: columns.publisherId, detail });
    return;
  }
  applyGroups(state, state.retained.add(record.offset, record.bytes, start, end, columns.extent()));
}

/** Whether an entry's publisher and names can be used; otherwise it is refused and told. */
function isUsable(
  state: FoldState,
  record: LogRecordInput,
  entry: { publisherId: bigint; dataset: string },
  symbol: string,
): boolean {
  const { publisherId, dataset } = entry;
  if (isExpired(publisherId, record.appendTimeMs)) {
    state.counters.quarantined += 1;
    state.notice('PUBLISHER_EXPIRED', {
      dataset,
      symbol,
      publisherId,
      detail: 'appended 8 days or more after its issue',
    });
    return false;
  }
  for (const name of [dataset, symbol]) {
    if (name.length >= 1 && !isLongerThan(name, nameCharactersMax)) continue;
    refuse(state, `a dataset or symbol has ${charactersIn(name)} characters; the limit is ${nameCharactersMax}`);
    return false;
  }
  return true;
}

function applyVoid(state: FoldState, record: LogRecordInput, entry: Extract<LogEntry, { kind: 'void' }>): void {
  const { sequence, link: before } = entry;
  if (!isUsable(state, record, entry, entry.symbol)) return;
  if (sequence < 1 || before >= sequence) {
    refuse(state, `a Void of sequence ${sequence} names ${before} as its predecessor`);
    return;
  }
  const instrument = state.instrument(entry.dataset, entry.symbol);
  const link = linkOfPublisher(state, instrument, entry.publisherId);
  const decision = link.decide(sequence, before);
  if (decision === 'hold') holdItem(state, instrument, link, sequence, before, undefined);
  else if (decision === 'forgotten') refuseTick(state, instrument, link, decision, sequence);
  else if (decision === 'apply' && link.acceptVoid(sequence)) state.counters.voided += 1;
  else state.counters.repeats += 1;
  drainHeld(state, instrument, link);
}

function applyProgress(
  state: FoldState,
  record: LogRecordInput,
  entry: Extract<LogEntry, { kind: 'progress' | 'endOfReplay' }>,
): void {
  for (const item of entry.instruments) {
    if (!isUsable(state, record, entry, item.symbol)) continue;
    const instrument = state.instrument(entry.dataset, item.symbol);
    const link = linkOfPublisher(state, instrument, entry.publisherId);
    if (link.bit === liveBit) continue;
    const ms = entry.kind === 'progress' ? Number((item as InstrumentProgress).timeNs / 1_000_000n) : endOfTimeMs;
    // Of several that wait, the one with the highest link says the most.
    if (link.last >= item.link) reachTime(state, instrument, link, ms);
    else if (item.link > link.progressLink || (item.link === link.progressLink && ms > link.progressMs)) {
      link.progressLink = item.link;
      link.progressMs = ms;
    }
  }
}
