/**
 * Reads the record batches of `control`, which is compacted. In: the bytes of a fetch and the offset that was asked for. Out: the
 * records from there on with their keys, and the offset behind the last batch. Holes are what compaction left; a batch that is damaged
 * or no batch of records is told, never passed over.
 */
import type { ControlLogRecord } from '@tapeline/domain';
import { ByteReader } from '../byte-reader.ts';
import { BatchError, unpack } from '../codecs.ts';
import { crc32c } from '../crc32c.ts';
import { batchLayout, batchMagic } from '../record-batch.ts';

/** What the bytes held. */
export type ControlBatches = {
  readonly records: readonly ControlLogRecord[];
  /** Behind the last whole batch; the asked offset if there is none. */
  readonly nextOffset: number;
  /** Epoch of the leader that took the last batch; -1 if there is none. */
  readonly leaderEpoch: number;
};

const controlBit = 32;
const text = new TextDecoder();

/**
 * The records from `offset` on. A batch that is cut at the end is left for the next fetch. Rejects with `BatchError` for one that is
 * damaged, of another format, or no batch of records.
 */
export async function readControlBatches(bytes: Buffer, offset: number): Promise<ControlBatches> {
  const records: ControlLogRecord[] = [];
  let nextOffset = offset;
  let leaderEpoch = -1;
  for (let start = 0; start + batchLayout.records <= bytes.length;) {
    const end = start + batchLayout.leaderEpoch + bytes.readInt32BE(start + batchLayout.length);
    if (end > bytes.length) break;
    const head = headOf(bytes, start, end);
    const lastOffset = head.baseOffset + bytes.readInt32BE(start + batchLayout.lastOffsetDelta);
    if (lastOffset >= offset) {
      const body = await unpack(head.attributes, bytes.subarray(start + batchLayout.records, end));
      for (const record of recordsOf(body, head)) if (record.offset >= offset) records.push(record);
      nextOffset = lastOffset + 1;
      leaderEpoch = bytes.readInt32BE(start + batchLayout.leaderEpoch);
    }
    start = end;
  }
  return { records, nextOffset, leaderEpoch };
}

type Head = {
  readonly baseOffset: number;
  readonly attributes: number;
  readonly count: number;
  readonly timeMs: number;
};

function headOf(bytes: Buffer, start: number, end: number): Head {
  const int64 = (at: number): number => Number(bytes.readBigInt64BE(start + at));
  const baseOffset = int64(batchLayout.baseOffset);
  const fail = (fact: string, mayPass = false): never => {
    throw new BatchError(`the batch at offset ${baseOffset} cannot be read: ${fact}`, mayPass);
  };
  const magic = bytes[start + batchLayout.magic];
  if (magic !== batchMagic) fail(`its format is version ${magic}, not ${batchMagic}`);
  if (crc32c(bytes, start + batchLayout.attributes, end) !== bytes.readUInt32BE(start + batchLayout.crc)) {
    fail('its checksum does not fit its bytes', true);
  }
  const attributes = bytes.readInt16BE(start + batchLayout.attributes);
  if ((attributes & controlBit) !== 0) fail('it is the mark of a transaction, which no writer of control makes');
  return {
    baseOffset,
    attributes,
    count: bytes.readInt32BE(start + batchLayout.count),
    // The append time, also of a batch out of which compaction took records.
    timeMs: int64(batchLayout.maxTime),
  };
}

function recordsOf(body: Buffer, { baseOffset, count, timeMs }: Head): ControlLogRecord[] {
  const reader = new ByteReader(body);
  try {
    return Array.from({ length: count }, () => {
      const length = reader.varint();
      const end = reader.at + length;
      reader.at += 1;
      reader.varint();
      const offset = baseOffset + reader.varint();
      const key = text.decode(fieldOf(reader) ?? new Uint8Array(0));
      const value = fieldOf(reader);
      reader.at = end;
      return { offset, appendTimeMs: timeMs, key, bytes: value };
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const fact = `the batch at offset ${baseOffset} cannot be read: ${error.message}`;
    throw new BatchError(fact, false, { cause: error });
  }
}

/** A copy, so that a record that is kept keeps no fetch in memory; `undefined` for one that is absent. */
function fieldOf(reader: ByteReader): Uint8Array | undefined {
  const length = reader.varint();
  return length < 0 ? undefined : Uint8Array.from(reader.take(length));
}
