/**
 * Writes the Protocol Buffers wire format. In: fields in ascending order. Out: bytes, the same for the same fields.
 * Zero and empty values are left out, as proto3 has it, so that every encoder of the contract writes equal bytes.
 */
import { encodeText } from './text.ts';

/** A call to copy takes longer than so many bytes do one by one. */
const copiedByOneMax = 64;
/** Below it a number's double is exact, 2^52. */
const doubledMax = 4_503_599_627_370_496;
const safeMax = 9_007_199_254_740_991n;

/** A growing buffer of one message. */
export class ProtoWriter {
  #bytes: Uint8Array;
  #length = 0;

  constructor(capacityBytes = 256) {
    this.#bytes = new Uint8Array(capacityBytes);
  }

  /** What was written, as a copy. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** The writer's own memory as far as it was written: the writer is not used any more. */
  end(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Copies what was written to `into[at, at + lengthBytes)`, which must be there. */
  copyTo(into: Uint8Array, at: number): void {
    into.set(this.#bytes.subarray(0, this.#length), at);
  }

  /** How many bytes were written. */
  get lengthBytes(): number {
    return this.#length;
  }

  /** Forgets what was written and keeps the memory. */
  clear(): this {
    this.#length = 0;
    return this;
  }

  /** A bare unsigned varint; 0 to 2^53 - 1. */
  varint(value: number): this {
    this.#room(10);
    let rest = value;
    while (rest > 0x7fffffff) {
      this.#bytes[this.#length] = (rest % 128) | 0x80;
      this.#length += 1;
      rest = Math.floor(rest / 128);
    }
    while (rest > 0x7f) {
      this.#bytes[this.#length] = (rest & 0x7f) | 0x80;
      this.#length += 1;
      rest >>>= 7;
    }
    this.#bytes[this.#length] = rest;
    this.#length += 1;
    return this;
  }

  /** A bare zigzag varint; magnitude up to 2^53 - 1. */
  zigzag(value: number): this {
    if (value >= -1073741824 && value < 1073741824) return this.varint(((value << 1) ^ (value >> 31)) >>> 0);
    if (value > -doubledMax && value < doubledMax) return this.varint(value < 0 ? -2 * value - 1 : 2 * value);
    return this.varint64(BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n)));
  }

  /** A bare unsigned 64-bit varint. */
  varint64(value: bigint): this {
    if (value <= safeMax) return this.varint(Number(value));
    this.#room(10);
    let rest = value;
    while (rest > 0x7fn) {
      this.#bytes[this.#length] = Number(rest & 0x7fn) | 0x80;
      this.#length += 1;
      rest >>= 7n;
    }
    this.#bytes[this.#length] = Number(rest);
    this.#length += 1;
    return this;
  }

  /** Bare bytes. */
  raw(bytes: Uint8Array): this {
    const { length } = bytes;
    this.#room(length);
    if (length > copiedByOneMax) this.#bytes.set(bytes, this.#length);
    else for (let at = 0; at < length; at += 1) this.#bytes[this.#length + at] = bytes[at]!;
    this.#length += length;
    return this;
  }

  /** An unsigned varint field; left out when 0. */
  uint(field: number, value: number): this {
    return value === 0 ? this : this.varint(field * 8).varint(value);
  }

  /** A zigzag varint field; left out when 0. */
  sint(field: number, value: number): this {
    return value === 0 ? this : this.varint(field * 8).zigzag(value);
  }

  /** A zigzag 64-bit field; left out when 0. */
  sint64(field: number, value: bigint): this {
    if (value === 0n) return this;
    return this.varint(field * 8).varint64(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)));
  }

  /** An `int64` field in two's complement; left out when 0. */
  int(field: number, value: number): this {
    return value === 0 ? this : this.varint(field * 8).varint64(BigInt.asUintN(64, BigInt(value)));
  }

  /** A fixed 64-bit field; left out when 0. */
  fixed64(field: number, value: bigint): this {
    if (value === 0n) return this;
    this.varint(field * 8 + 1).#room(8);
    this.#word(Number(BigInt.asUintN(32, value)));
    this.#word(Number(BigInt.asUintN(32, value >> 32n)));
    return this;
  }

  /** A fixed 32-bit field; left out when 0. */
  fixed32(field: number, value: number): this {
    if (value === 0) return this;
    this.varint(field * 8 + 5).#room(4);
    this.#word(value);
    return this;
  }

  /** A bytes field; left out when empty. */
  bytes(field: number, value: Uint8Array): this {
    return value.length === 0 ? this : this.message(field, value);
  }

  /** A message field or one entry of a repeated field; written even when empty. */
  message(field: number, value: Uint8Array): this {
    return this.varint(field * 8 + 2)
      .varint(value.length)
      .raw(value);
  }

  /** As `message`, of what another writer holds. */
  messageOf(field: number, value: ProtoWriter): this {
    return this.varint(field * 8 + 2)
      .varint(value.#length)
      .rawOf(value);
  }

  /** As `raw`, of what another writer holds. */
  rawOf(value: ProtoWriter): this {
    const length = value.#length;
    this.#room(length);
    if (length > copiedByOneMax) this.#bytes.set(value.#bytes.subarray(0, length), this.#length);
    else for (let at = 0; at < length; at += 1) this.#bytes[this.#length + at] = value.#bytes[at]!;
    this.#length += length;
    return this;
  }

  /** A text field; left out when empty. */
  text(field: number, value: string): this {
    return value === '' ? this : this.message(field, encodeText(value));
  }

  #word(value: number): void {
    this.#bytes[this.#length] = value & 0xff;
    this.#bytes[this.#length + 1] = (value >>> 8) & 0xff;
    this.#bytes[this.#length + 2] = (value >>> 16) & 0xff;
    this.#bytes[this.#length + 3] = value >>> 24;
    this.#length += 4;
  }

  #room(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
