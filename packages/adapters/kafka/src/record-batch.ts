/**
 * Makes a record batch, the unit in which Kafka stores records. In: records one by one, copied as they come. Out: the
 * bytes that are sent, and sent again unchanged. Law 3: producer, epoch and first sequence are written once, so that a
 * broker knows a batch that it has already.
 */
import { crc32c } from './crc32c.ts';

/** Who sends a batch, and its place in what he sends. */
export type BatchIdentity = {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly firstSequence: number;
};

/** How records are packed: the codec's number and its work, which runs beside the main thread. */
export type Packing = { readonly codec: number; pack(bytes: Uint8Array): Promise<Uint8Array> };

/** Where things stand in a batch, bytes. */
export const batchLayout = {
  baseOffset: 0,
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTime: 27,
  maxTime: 35,
  producerId: 43,
  producerEpoch: 51,
  firstSequence: 53,
  count: 57,
  records: 61,
} as const;

/** The version of the batch's format. */
export const batchMagic = 2;
/** A record's bytes beside its value at most: lengths, deltas, no key, no headers. */
export const recordOverheadBytes = 24;

const firstBytes = 2_048;

/** A batch that still takes records. */
export class BatchBuilder {
  #bytes: Buffer;
  #end: number = batchLayout.records;
  #count = 0;
  #valueBytes = 0;

  /** `bytesHint`: the first record's size, so that one large record is not copied again. */
  constructor(bytesHint: number) {
    this.#bytes = Buffer.allocUnsafe(Math.max(firstBytes, batchLayout.records + bytesHint + recordOverheadBytes));
  }

  /** Records so far. */
  get count(): number {
    return this.#count;
  }

  /** Bytes so far, its head included. */
  get size(): number {
    return this.#end;
  }

  /** Bytes of the records themselves, keys included. */
  get valueBytes(): number {
    return this.#valueBytes;
  }

  /** Takes a copy of a record, of a topic by key with its key; there a record may have no value. */
  add(value: Uint8Array | undefined, key?: Uint8Array): void {
    const body = 1 + 1 + varintSize(this.#count) + fieldSize(key) + fieldSize(value) + 1;
    this.#makeRoom(body + 5);
    this.#varint(body);
    // No attributes, and no time of its own: the broker's append time counts.
    this.#bytes[this.#end++] = 0;
    this.#bytes[this.#end++] = 0;
    this.#varint(this.#count);
    this.#field(key);
    this.#field(value);
    this.#bytes[this.#end++] = 0;
    this.#count += 1;
    this.#valueBytes += (value?.length ?? 0) + (key?.length ?? 0);
  }

  /** The batch as it is sent; nothing may be added afterwards, but it may be sealed anew under another identity. */
  async seal(identity: BatchIdentity, timeMs: number, packing: Packing | undefined): Promise<Buffer> {
    if (packing === undefined) return withHead(this.#bytes.subarray(0, this.#end), this.#count, 0, identity, timeMs);
    const packed = await packing.pack(this.#bytes.subarray(batchLayout.records, this.#end));
    const bytes = Buffer.allocUnsafe(batchLayout.records + packed.length);
    bytes.set(packed, batchLayout.records);
    return withHead(bytes, this.#count, packing.codec, identity, timeMs);
  }

  #field(field: Uint8Array | undefined): void {
    if (field === undefined) {
      // None: -1 as a zigzag varint.
      this.#bytes[this.#end++] = 1;
      return;
    }
    this.#varint(field.length);
    this.#bytes.set(field, this.#end);
    this.#end += field.length;
  }

  #varint(value: number): void {
    // Zigzag of a number that is not negative.
    let rest = value * 2;
    while (rest > 127) {
      this.#bytes[this.#end++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.#bytes[this.#end++] = rest;
  }

  #makeRoom(bytes: number): void {
    const need = this.#end + bytes;
    if (need <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(need, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#end);
    this.#bytes = grown;
  }
}

/** Length and bytes of a key or a value. */
function fieldSize(field: Uint8Array | undefined): number {
  return field === undefined ? 1 : varintSize(field.length) + field.length;
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value * 2; rest > 127; rest >>>= 7) size += 1;
  return size;
}

function withHead(bytes: Buffer, count: number, codec: number, identity: BatchIdentity, timeMs: number): Buffer {
  int64(bytes, 0, batchLayout.baseOffset);
  bytes.writeInt32BE(bytes.length - batchLayout.leaderEpoch, batchLayout.length);
  bytes.writeInt32BE(-1, batchLayout.leaderEpoch);
  bytes[batchLayout.magic] = batchMagic;
  bytes.writeInt16BE(codec, batchLayout.attributes);
  bytes.writeInt32BE(count - 1, batchLayout.lastOffsetDelta);
  int64(bytes, timeMs, batchLayout.baseTime);
  int64(bytes, timeMs, batchLayout.maxTime);
  int64(bytes, identity.producerId, batchLayout.producerId);
  bytes.writeInt16BE(identity.producerEpoch, batchLayout.producerEpoch);
  bytes.writeInt32BE(identity.firstSequence, batchLayout.firstSequence);
  bytes.writeInt32BE(count, batchLayout.count);
  bytes.writeUInt32BE(crc32c(bytes, batchLayout.attributes, bytes.length), batchLayout.crc);
  return bytes;
}

function int64(bytes: Buffer, value: number, at: number): void {
  const high = Math.floor(value / 2 ** 32);
  bytes.writeInt32BE(high, at);
  bytes.writeUInt32BE(value - high * 2 ** 32, at + 4);
}
