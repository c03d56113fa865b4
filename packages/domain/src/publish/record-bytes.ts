/**
 * Log records put together from finished entries. In: entries of many parts, each as it stands in a record. Out: the
 * bytes of a `LogRecord`: one after the other, because a record is nothing but its entries.
 */
import { encodeLogRecord, type LogEntryToWrite } from '../log/log-record.ts';
import { ByteGather, varintBytes } from '../log/byte-gather.ts';

/** An entry as it stands in a record, in pieces. */
export type EntryBytes = readonly Uint8Array[];

/** A tick block as an entry; its bytes are not copied. */
export function blockEntryBytes(block: Uint8Array): EntryBytes {
  const inner = 1 + varintBytes(block.length);
  const head = new ByteGather(1 + varintBytes(inner + block.length) + inner);
  // Field 1 of LogRecord, and field 1 of LogEntry: both are messages.
  head.varint(10).varint(inner + block.length);
  return [head.varint(10).varint(block.length).bytes, block];
}

/** Any other entry. */
export function entryBytes(entry: Exclude<LogEntryToWrite, { kind: 'tickBlock' }>): EntryBytes {
  return [encodeLogRecord([entry])];
}

/** A record of these pieces. */
export function recordOf(pieces: Iterable<Uint8Array>): Uint8Array {
  const all = [...pieces];
  const record = new ByteGather(all.reduce((sum, { length }) => sum + length, 0));
  for (const piece of all) record.copy(piece);
  return record.bytes;
}
