/**
 * The entries of a log record, and the walk over all of them. In: a record's bytes, or entries. Out: entries in record
 * order, or bytes. `MalformedError` where a record is none; an entry kind that this version does not know is answered as
 * `unknown`, so that the caller can put it in quarantine. Tick blocks and entries of moves stay slices: they are decoded by
 * `decodeTickBlock` and `decodeEntryOfMoves`, so that one that is damaged takes nothing else of its record with it.
 */
import {
  type BlockEntry,
  type BlockToWrite,
  decodeSmallEntry,
  encodeSmallEntry,
  EntryField,
  type SmallEntry,
  type Written,
} from './log-entries.ts';
import { encodeEntryOfMoves, type EntryOfMovesToWrite, kindOfMoves, type SliceOfMoves } from './move-entries.ts';
import { ProtoReader, WireType } from './proto-reader.ts';
import { ProtoWriter } from './proto-writer.ts';

export type { InstrumentProgress } from './log-entries.ts';

/** One entry of a record. */
export type LogEntry = BlockEntry | SmallEntry | SliceOfMoves | { readonly kind: 'unknown'; readonly field: number };

/** An entry to write: a finished tick block, or one of the other kinds. */
export type LogEntryToWrite = BlockToWrite | Written<SmallEntry> | EntryOfMovesToWrite;

/** One for all records: where each tick has a record of its own, a reader for each would cost as much as the reading. */
const walk = new ProtoReader(new Uint8Array(0), 0, 0);

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
  const kind = kindOfMoves(field);
  if (kind !== undefined) return { kind, start: walk.at, end: walk.at + length };
  return decodeSmallEntry(field, new ProtoReader(bytes, walk.at, walk.at + length)) ?? { kind: 'unknown', field };
}

/** The bytes of a record with these entries. */
export function encodeLogRecord(entries: readonly LogEntryToWrite[]): Uint8Array {
  const out = new ProtoWriter(1024);
  for (const entry of entries) {
    const body = encodeEntry(entry);
    out.message(1, new ProtoWriter(body.length + 8).message(EntryField[entry.kind], body).finish());
  }
  return out.finish();
}

function encodeEntry(entry: LogEntryToWrite): Uint8Array {
  switch (entry.kind) {
    case 'tickBlock':
    case 'void':
    case 'time':
    case 'progress':
    case 'alive':
    case 'endOfReplay':
      return encodeSmallEntry(entry);
    default:
      return encodeEntryOfMoves(entry);
  }
}
