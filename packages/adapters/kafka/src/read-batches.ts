/**
 * Reads the record batches of a fetch. In: the bytes of one partition and the offset that was asked for. Out: its
 * records from there on, dense. Law 1: every batch is checked (checksum, format, no gap to the one before), so a hole
 * in the log is told and never passed over.
 */
import type { LogRecordInput } from '@tapeline/domain';
import { ByteReader } from './byte-reader.ts';
import { BatchError, unpack } from './codecs.ts';
import { crc32c } from './crc32c.ts';
import { batchLayout, batchMagic } from './record-batch.ts';

/** What a partition's bytes held. */
export type ReadBatches = {
  readonly records: LogRecordInput[];
  /** Bytes of the records' values. */
  readonly valueBytes: number;
  /** Of these, bytes that are views of the reply itself and keep it in memory. */
  readonly viewBytes: number;
  /** The offset after the last record; the asked one if there is none. */
  readonly nextOffset: number;
  /** Epoch of the leader that took the last batch; -1 if there is none. */
  readonly leaderEpoch: number;
  /** Set where the log leaves out offsets: the first one that is there instead of `nextOffset`. */
  readonly gapTo?: number;
};

const logAppendTimeBit = 8;
const controlBit = 32;
const no = '';

/**
 * The records from `offset` on. A batch that is cut at the end is left for the next fetch. Rejects with `BatchError`
 * for one that is damaged, of another format, or no batch of records.
 */
export async function readBatches(bytes: Buffer, offset: number, checkCrc: boolean): Promise<ReadBatches> {
  const records: LogRecordInput[] = [];
  let valueBytes = 0;
  let viewBytes = 0;
  let next = offset;
  let leaderEpoch = -1;
  for (let start = 0; start + batchLayout.records <= bytes.length;) {
    const end = start + batchLayout.leaderEpoch + bytes.readInt32BE(start + batchLayout.length);
    if (end > bytes.length) break;
    const head = headOf(bytes, start, end, checkCrc);
    const after = head.baseOffset + head.count;
    if (after > next) {
      if (head.baseOffset > next) {
        return { records, valueBytes, viewBytes, nextOffset: next, leaderEpoch, gapTo: head.baseOffset };
      }
      // Awaited only where it is packed: a promise for each small batch costs more than its records.
      const body = bytes.subarray(start + batchLayout.records, end);
      const unpacked = unpack(head.attributes, body);
      const isPacked = unpacked instanceof Promise;
      const added = addRecords(records, isPacked ? await unpacked : unpacked, head, next);
      valueBytes += added;
      if (!isPacked) viewBytes += added;
      next = after;
      leaderEpoch = head.leaderEpoch;
    }
    start = end;
  }
  return { records, valueBytes, viewBytes, nextOffset: next, leaderEpoch };
}

type Head = {
  readonly baseOffset: number;
  readonly leaderEpoch: number;
  readonly attributes: number;
  readonly count: number;
  readonly timeMs: number;
};

function headOf(bytes: Buffer, start: number, end: number, checkCrc: boolean): Head {
  const int64 = (at: number): number => bytes.readInt32BE(start + at) * 2 ** 32 + bytes.readUInt32BE(start + at + 4);
  const baseOffset = int64(batchLayout.baseOffset);
  const fail = (fact: string, mayPass = false): never => {
    throw new BatchError(`the batch at offset ${baseOffset} cannot be read: ${fact}`, mayPass);
  };
  const magic = bytes[start + batchLayout.magic];
  if (magic !== batchMagic) fail(`its format is version ${magic ?? no}, not ${batchMagic}`);
  if (checkCrc && crc32c(bytes, start + batchLayout.attributes, end) !== bytes.readUInt32BE(start + batchLayout.crc)) {
    fail('its checksum does not fit its bytes', true);
  }
  const attributes = bytes.readInt16BE(start + batchLayout.attributes);
  const count = bytes.readInt32BE(start + batchLayout.count);
  if ((attributes & controlBit) !== 0) fail('it is the mark of a transaction, which no writer of this log makes');
  if (count !== bytes.readInt32BE(start + batchLayout.lastOffsetDelta) + 1) {
    fail(`it holds ${count} records and not one for each of its offsets, as a compacted topic does`);
  }
  const timeMs = int64((attributes & logAppendTimeBit) === 0 ? batchLayout.baseTime : batchLayout.maxTime);
  return { baseOffset, leaderEpoch: bytes.readInt32BE(start + batchLayout.leaderEpoch), attributes, count, timeMs };
}

/** Adds the records from `from` on; answers the bytes of their values. */
function addRecords(records: LogRecordInput[], bytes: Buffer, head: Head, from: number): number {
  const reader = new ByteReader(bytes);
  let valueBytes = 0;
  try {
    for (let index = 0; index < head.count; index += 1) {
      const length = reader.varint();
      const end = reader.at + length;
      const offset = head.baseOffset + index;
      if (offset >= from) {
        const value = valueOf(reader);
        valueBytes += value.length;
        records.push({ offset, appendTimeMs: head.timeMs, bytes: value });
      }
      reader.at = end;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const cause = error.message;
    throw new BatchError(`the batch at offset ${head.baseOffset} cannot be read: ${cause}`, false, { cause: error });
  }
  return valueBytes;
}

function valueOf(reader: ByteReader): Uint8Array {
  // Attributes, then the deltas of time and offset, which the batch's head tells already.
  reader.at += 1;
  reader.varint();
  reader.varint();
  const keyBytes = reader.varint();
  if (keyBytes > 0) reader.take(keyBytes);
  const { bytes } = reader;
  const valueBytes = Math.max(0, reader.varint());
  const start = reader.at;
  if (start + valueBytes > bytes.length) throw new RangeError('a record that ends too late');
  // A plain view: of the two kinds it is the one that is cheaper to read and that equals any other bytes.
  return new Uint8Array(bytes.buffer, bytes.byteOffset + start, valueBytes);
}
