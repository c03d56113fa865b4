/**
 * Puts bytes together without copying twice. In: a length that is known beforehand, and slices. Out: one array of just
 * that length, filled from the front. Whoever writes more than was said gets a `RangeError` from the platform.
 */

/** Below this a loop is faster than a view and a copy of the platform. */
const loopBytesMax = 48;

/** An array that is filled from the front. */
export class ByteGather {
  readonly bytes: Uint8Array;
  at = 0;

  constructor(lengthBytes: number) {
    this.bytes = new Uint8Array(lengthBytes);
  }

  /** Adds `source[start, end)`. */
  copy(source: Uint8Array, start: number = 0, end: number = source.length): this {
    const { bytes } = this;
    if (end - start > loopBytesMax) bytes.set(source.subarray(start, end), this.at);
    else for (let from = start, to = this.at; from < end; from += 1, to += 1) bytes[to] = source[from]!;
    this.at += end - start;
    return this;
  }

  /** Adds a varint, 0 to 2^31 - 1. */
  varint(value: number): this {
    let rest = value;
    while (rest > 0x7f) {
      this.bytes[this.at] = (rest & 0x7f) | 0x80;
      this.at += 1;
      rest >>>= 7;
    }
    this.bytes[this.at] = rest;
    this.at += 1;
    return this;
  }
}

/** Bytes of a varint, 0 to 2^31 - 1. */
export function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest > 0x7f; rest >>>= 7) bytes += 1;
  return bytes;
}
