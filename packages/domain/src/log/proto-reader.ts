/**
 * Reads the Protocol Buffers wire format. In: a slice of bytes. Out: tags and values as numbers. Integers beyond 2^53
 * and truncated input throw `MalformedError`, which the record decoder turns into a refusal; nothing is read past the
 * slice. Source of the format: protobuf.dev/programming-guides/encoding.
 */
import { decodeText } from './text.ts';

/** Bytes that are not what the contract says; `detail` names the field and the limit. */
export class MalformedError extends Error {
  override name = 'MalformedError';
}

/** Wire types that the contract uses. */
export const WireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

const two32 = 4294967296;

/** A cursor over one message. */
export class ProtoReader {
  bytes: Uint8Array;
  at: number;
  end: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  /** Points the cursor at another message, so that one reader serves many. */
  reset(bytes: Uint8Array, start: number, end: number): this {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
    return this;
  }

  /** Whether nothing is left. */
  done(): boolean {
    return this.at >= this.end;
  }

  /** An unsigned integer, 0 to 2^53 - 1. */
  uint(): number {
    const byte = this.#byte();
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    let factor = 128;
    for (let length = 1; length < 10; length += 1) {
      const next = this.#byte();
      value += (next & 0x7f) * factor;
      if (next < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) throw new MalformedError('an integer is beyond 2^53 - 1');
        return value;
      }
      factor *= 128;
    }
    throw new MalformedError('a varint is longer than 10 bytes');
  }

  /** An unsigned 64-bit varint, exact. */
  uint64(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new MalformedError('a varint is longer than 10 bytes');
  }

  /** A zigzag 64-bit varint, exact. */
  sint64(): bigint {
    const value = this.uint64();
    return (value >> 1n) ^ -(value & 1n);
  }

  /** A zigzag integer, magnitude up to 2^53 - 1. */
  sint(): number {
    const value = this.wideSint();
    if (typeof value === 'bigint') throw new MalformedError('an integer is beyond 2^53 - 1');
    return value;
  }

  /** A zigzag 64-bit varint, exact: a number where the magnitude is up to 2^53 - 1, a bigint beyond. */
  wideSint(): number | bigint {
    const { bytes, at } = this;
    // Eight bytes hold 56 bits; what a number does not hold comes out beyond 2^53 - 1 and is read again.
    let raw = 0;
    let factor = 1;
    for (let place = at; place < at + 8 && place < this.end; place += 1) {
      const byte = bytes[place] as number;
      raw += (byte & 0x7f) * factor;
      factor *= 128;
      if (byte >= 0x80) continue;
      if (raw > Number.MAX_SAFE_INTEGER) break;
      this.at = place + 1;
      return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
    }
    const value = this.sint64();
    const isSafe = value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER);
    return isSafe ? Number(value) : value;
  }

  /** A signed 64-bit varint in two's complement (proto's `int64`), magnitude up to 2^53 - 1. */
  int(): number {
    const value = BigInt.asIntN(64, this.uint64());
    if (value > BigInt(Number.MAX_SAFE_INTEGER) || value < BigInt(Number.MIN_SAFE_INTEGER)) {
      throw new MalformedError('an integer is beyond 2^53 - 1');
    }
    return Number(value);
  }

  /** A fixed 32-bit unsigned integer. */
  fixed32(): number {
    this.#need(4);
    const { bytes, at } = this;
    this.at += 4;
    const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16);
    return (low | ((bytes[at + 3] as number) << 24)) >>> 0;
  }

  /** A fixed 64-bit unsigned integer, exact. */
  fixed64(): bigint {
    const low = this.fixed32();
    return (BigInt(this.fixed32()) << 32n) | BigInt(low);
  }

  /** A fixed 64-bit signed integer, exact. */
  sfixed64(): bigint {
    return BigInt.asIntN(64, this.fixed64());
  }

  /** The length of a length-delimited value, checked to lie inside the message. */
  length(): number {
    const length = this.uint();
    this.#need(length);
    return length;
  }

  /** A text value. */
  text(): string {
    const length = this.length();
    this.at += length;
    return decodeText(this.bytes, this.at - length, this.at);
  }

  /** A bytes value, as a view on the input. */
  view(): Uint8Array {
    const length = this.length();
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** Passes over a value that this version does not know. */
  skip(wireType: number): void {
    switch (wireType) {
      case WireType.varint:
        this.uint64();
        return;
      case WireType.fixed64:
        this.#need(8);
        this.at += 8;
        return;
      case WireType.bytes: {
        const length = this.length();
        this.at += length;
        return;
      }
      case WireType.fixed32:
        this.#need(4);
        this.at += 4;
        return;
      default:
        throw new MalformedError(`wire type ${wireType} is none of 0, 1, 2 and 5`);
    }
  }

  #need(length: number): void {
    if (this.at + length > this.end) throw new MalformedError('a value ends beyond its message');
  }

  #byte(): number {
    if (this.at >= this.end) throw new MalformedError('a varint ends beyond its message');
    const byte = this.bytes[this.at] as number;
    this.at += 1;
    return byte;
  }
}

/** `high * 2^32 + low` as a number, undoing zigzag; exact up to 2^53. */
export function zigzagToNumber(high: number, low: number): number {
  const half = ((low >>> 1) | (high << 31)) >>> 0;
  const top = high >>> 1;
  const magnitude = top * two32 + half;
  return (low & 1) === 0 ? magnitude : -magnitude - 1;
}
