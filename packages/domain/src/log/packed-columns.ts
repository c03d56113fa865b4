/**
 * Unpacks packed varint columns into typed arrays: the hottest loops of the decoder. In: a slice of bytes. Out: the
 * number of entries written. One entry takes 1 to 10 bytes; magnitudes beyond 2^53 - 1 throw `MalformedError`.
 */
import { MalformedError, zigzagToNumber } from './proto-reader.ts';

/** How many varints `bytes[start, end)` holds: the bytes without a continuation bit. */
export function countVarints(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at += 1) if (bytes[at]! < 0x80) count += 1;
  return count;
}

/** Where the varint begins that `count` others stand before, from `start` on. */
export function skipVarints(bytes: Uint8Array, start: number, end: number, count: number): number {
  let at = start;
  // Four bytes at a time hold at most four varints; the last ones are counted one by one.
  let left = count;
  while (left >= 4 && at + 4 <= end) {
    left -= 4 - ((bytes[at]! >>> 7) + (bytes[at + 1]! >>> 7) + (bytes[at + 2]! >>> 7) + (bytes[at + 3]! >>> 7));
    at += 4;
  }
  while (left > 0 && at < end) {
    left -= 1 - (bytes[at]! >>> 7);
    at += 1;
  }
  return at;
}

/** Unpacks unsigned varints into `out`, which has room for all of them. */
export function unpackUnsigned(bytes: Uint8Array, start: number, end: number, out: Float64Array | Int32Array): number {
  let count = 0;
  for (let at = start; at < end;) {
    const first = bytes[at]!;
    if (first < 0x80) {
      out[count++] = first;
      at += 1;
      continue;
    }
    const second = bytes[at + 1]!;
    if (second < 0x80 && at + 1 < end) {
      out[count++] = (first & 0x7f) | (second << 7);
      at += 2;
      continue;
    }
    const length = varintLength(bytes, at, end);
    out[count++] = longUnsigned(bytes, at, length);
    at += length;
  }
  return count;
}

/** Unpacks zigzag varints into `out`, which has room for all of them. */
export function unpackZigzag(bytes: Uint8Array, start: number, end: number, out: Float64Array): number {
  let count = 0;
  for (let at = start; at < end;) {
    const first = bytes[at]!;
    if (first < 0x80) {
      out[count++] = (first >>> 1) ^ -(first & 1);
      at += 1;
      continue;
    }
    const second = bytes[at + 1]!;
    if (second < 0x80 && at + 1 < end) {
      const value = (first & 0x7f) | (second << 7);
      out[count++] = (value >>> 1) ^ -(value & 1);
      at += 2;
      continue;
    }
    const third = bytes[at + 2]!;
    if (third < 0x80 && at + 2 < end) {
      const value = (first & 0x7f) | ((second & 0x7f) << 7) | (third << 14);
      out[count++] = (value >>> 1) ^ -(value & 1);
      at += 3;
      continue;
    }
    const length = varintLength(bytes, at, end);
    out[count++] = longZigzag(bytes, at, length);
    at += length;
  }
  return count;
}

/**
 * Unpacks unsigned varints into `out` as `unpackUnsigned` does, for a column in which one byte and two bytes mix: it
 * does not branch between the two, which cannot be predicted. Where nearly all take one byte, that is slower.
 */
export function unpackMixed(bytes: Uint8Array, start: number, end: number, out: Float64Array): number {
  if (start >= end) return 0;
  let last = end - 1;
  while (last > start && bytes[last - 1]! >= 0x80) last -= 1;
  const count = unpackPairs(bytes, start, last, out);
  const length = varintLength(bytes, last, end);
  out[count] = longUnsigned(bytes, last, length);
  return count + 1;
}

/** The same for all but the last varint, so that the byte after the one looked at is always there. */
function unpackPairs(bytes: Uint8Array, start: number, end: number, out: Float64Array): number {
  let count = 0;
  for (let at = start; at < end;) {
    const first = bytes[at]!;
    const second = bytes[at + 1]!;
    const more = first >>> 7;
    if ((more & (second >>> 7)) === 0) {
      out[count++] = (first & 0x7f) | ((second & -more) << 7);
      at += 1 + more;
      continue;
    }
    const length = varintLength(bytes, at, end);
    out[count++] = longUnsigned(bytes, at, length);
    at += length;
  }
  return count;
}

function varintLength(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at]! >= 0x80) at += 1;
  if (at >= end) throw new MalformedError('a packed column ends inside a varint');
  if (at - start >= 10) throw new MalformedError('a varint is longer than 10 bytes');
  return at - start + 1;
}

/** The low and high 32 bits of a varint; bits above 64 are dropped as protobuf has it. */
function longUnsigned(bytes: Uint8Array, start: number, length: number): number {
  const value = highBits(bytes, start, length) * 4294967296 + lowBits(bytes, start, length);
  if (value > Number.MAX_SAFE_INTEGER) throw new MalformedError('an integer is beyond 2^53 - 1');
  return value;
}

function longZigzag(bytes: Uint8Array, start: number, length: number): number {
  const value = zigzagToNumber(highBits(bytes, start, length), lowBits(bytes, start, length));
  if (!Number.isSafeInteger(value)) throw new MalformedError('an integer is beyond 2^53 - 1');
  return value;
}

function lowBits(bytes: Uint8Array, start: number, length: number): number {
  let low = 0;
  for (let index = 0; index < length && index < 5; index += 1) low |= (bytes[start + index]! & 0x7f) << (7 * index);
  return low >>> 0;
}

function highBits(bytes: Uint8Array, start: number, length: number): number {
  let high = length > 4 ? (bytes[start + 4]! & 0x7f) >>> 4 : 0;
  for (let index = 5; index < length; index += 1) high |= (bytes[start + index]! & 0x7f) << (7 * index - 32);
  return high >>> 0;
}
