/**
 * The entries of a log record other than tick blocks, and the walk over all of them. In: a record's bytes, or entries.
 * Out: entries in record order, or bytes. `MalformedError` where a record is none; an entry kind that this version
 * does not know is answered as `unknown`, so that the caller can put it in quarantine. Tick blocks stay slices: they
 * are decoded by `decodeTickBlock`.
 */
import { ProtoReader, WireType } from './proto-reader.ts';
import { ProtoWriter } from './proto-writer.ts';

/** What a delayed or replay publisher says of one instrument; see `InstrumentProgress` of the contract. */
export type InstrumentProgress = { readonly symbol: string; readonly link: number; readonly timeNs: bigint };

/** One entry of a record. */
export type LogEntry =
  | { readonly kind: 'tickBlock'; readonly start: number; readonly end: number }
  | {
      readonly kind: 'void';
      readonly publisherId: bigint;
      readonly sequence: number;
      readonly link: number;
      readonly dataset: string;
      readonly symbol: string;
      readonly reason: string;
    }
  | { readonly kind: 'time' }
  | {
      readonly kind: 'progress';
      readonly publisherId: bigint;
      readonly dataset: string;
      readonly instruments: readonly InstrumentProgress[];
    }
  | { readonly kind: 'alive'; readonly publisherIds: readonly bigint[] }
  | {
      readonly kind: 'endOfReplay';
      readonly publisherId: bigint;
      readonly dataset: string;
      readonly instruments: readonly { readonly symbol: string; readonly link: number }[];
    }
  | { readonly kind: 'unknown'; readonly field: number };

/** An entry to write: a finished tick block, or one of the small kinds. */
export type LogEntryToWrite =
  | { readonly kind: 'tickBlock'; readonly bytes: Uint8Array }
  | Exclude<LogEntry, { kind: 'tickBlock' } | { kind: 'unknown' }>;

/** One for all records: where each tick has a record of its own, a reader for each would cost as much as the reading. */
const walk = new ProtoReader(new Uint8Array(0), 0, 0);

const EntryField = { tickBlock: 1, void: 2, time: 3, progress: 4, alive: 5, endOfReplay: 6 } as const;

/** The entries of a record, in order. */
export function decodeLogRecord(bytes: Uint8Array): LogEntry[] {
  const entries: LogEntry[] = [];
  walk.reset(bytes, 0, bytes.length);
  while (!walk.done()) {
    const tag = walk.uint();
    if (tag !== 10) {
      walk.skip(tag % 8);
      continue;
    }
    const length = walk.length();
    const end = walk.at + length;
    entries.push(decodeEntry(bytes, walk.at, end));
    walk.reset(bytes, end, bytes.length);
  }
  return entries;
}

/** Leaves the walk somewhere inside the entry. */
function decodeEntry(bytes: Uint8Array, start: number, end: number): LogEntry {
  walk.reset(bytes, start, end);
  if (walk.done()) return { kind: 'unknown', field: 0 };
  const tag = walk.uint();
  const field = tag >> 3;
  if (tag % 8 !== WireType.bytes) return { kind: 'unknown', field };
  const length = walk.length();
  if (field === EntryField.tickBlock) return { kind: 'tickBlock', start: walk.at, end: walk.at + length };
  const body = new ProtoReader(bytes, walk.at, walk.at + length);
  switch (field) {
    case EntryField.void:
      return decodeVoid(body);
    case EntryField.time:
      return { kind: 'time' };
    case EntryField.progress:
    case EntryField.endOfReplay:
      return decodeProgress(body, field === EntryField.progress);
    case EntryField.alive:
      return decodeAlive(body);
    default:
      return { kind: 'unknown', field };
  }
}

function decodeVoid(reader: ProtoReader): LogEntry {
  let [publisherId, sequence, link, dataset, symbol, reason] = [0n, 0, 0, '', '', ''];
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag === 9) publisherId = reader.fixed64();
    else if (tag === 16) sequence = reader.uint();
    else if (tag === 24) link = reader.uint();
    else if (tag === 34) dataset = reader.text();
    else if (tag === 42) symbol = reader.text();
    else if (tag === 50) reason = reader.text();
    else reader.skip(tag % 8);
  }
  return { kind: 'void', publisherId, sequence, link, dataset, symbol, reason };
}

function decodeProgress(reader: ProtoReader, timed: boolean): LogEntry {
  let [publisherId, dataset] = [0n, ''];
  const instruments: InstrumentProgress[] = [];
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag === 9) publisherId = reader.fixed64();
    else if (tag === 18) dataset = reader.text();
    else if (tag === 26) {
      const length = reader.length();
      instruments.push(decodeInstrumentProgress(new ProtoReader(reader.bytes, reader.at, reader.at + length)));
      reader.at += length;
    } else reader.skip(tag % 8);
  }
  return timed
    ? { kind: 'progress', publisherId, dataset, instruments }
    : { kind: 'endOfReplay', publisherId, dataset, instruments };
}

function decodeInstrumentProgress(reader: ProtoReader): InstrumentProgress {
  let [symbol, link, timeNs] = ['', 0, 0n];
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag === 10) symbol = reader.text();
    else if (tag === 16) link = reader.uint();
    else if (tag === 25) timeNs = reader.sfixed64();
    else reader.skip(tag % 8);
  }
  return { symbol, link, timeNs };
}

function decodeAlive(reader: ProtoReader): LogEntry {
  const publisherIds: bigint[] = [];
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag === 9) publisherIds.push(reader.fixed64());
    else if (tag === 10) {
      const end = reader.length() + reader.at;
      while (reader.at < end) publisherIds.push(reader.fixed64());
    } else reader.skip(tag % 8);
  }
  return { kind: 'alive', publisherIds };
}

/** The bytes of a record with these entries. */
export function encodeLogRecord(entries: readonly LogEntryToWrite[]): Uint8Array {
  const out = new ProtoWriter(1024);
  for (const entry of entries) {
    const body = entry.kind === 'tickBlock' ? entry.bytes : encodeEntry(entry);
    out.message(1, new ProtoWriter(body.length + 8).message(EntryField[entry.kind], body).finish());
  }
  return out.finish();
}

function encodeEntry(entry: Exclude<LogEntryToWrite, { kind: 'tickBlock' }>): Uint8Array {
  const out = new ProtoWriter();
  switch (entry.kind) {
    case 'void':
      out.fixed64(1, entry.publisherId).uint(2, entry.sequence).uint(3, entry.link);
      return out.text(4, entry.dataset).text(5, entry.symbol).text(6, entry.reason).finish();
    case 'time':
      return out.finish();
    case 'progress':
      out.fixed64(1, entry.publisherId).text(2, entry.dataset);
      for (const { symbol, link, timeNs } of entry.instruments) {
        out.message(3, new ProtoWriter().text(1, symbol).uint(2, link).fixed64(3, timeNs).finish());
      }
      return out.finish();
    case 'endOfReplay':
      out.fixed64(1, entry.publisherId).text(2, entry.dataset);
      for (const { symbol, link } of entry.instruments) {
        out.message(3, new ProtoWriter().text(1, symbol).uint(2, link).finish());
      }
      return out.finish();
    case 'alive': {
      const ids = new ProtoWriter(entry.publisherIds.length * 8);
      for (const id of entry.publisherIds) ids.raw(fixed64Bytes(id));
      return out.bytes(1, ids.finish()).finish();
    }
  }
}

function fixed64Bytes(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 8 }, (_, index) => Number((value >> BigInt(8 * index)) & 0xffn));
}
