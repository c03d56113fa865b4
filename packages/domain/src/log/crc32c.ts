/**
 * CRC-32C (Castagnoli), as RFC 3720 appendix B.4 gives it. In: bytes. Out: an unsigned 32-bit checksum, by which a
 * damaged snapshot is known.
 */

/** Four tables of 256 entries: table `k` takes a byte that `k` others follow, so that four are done at a time. */
const tables: Int32Array = tablesOf(0x82f63b78);

function tablesOf(polynomial: number): Int32Array {
  const entries = new Int32Array(1_024);
  for (let index = 0; index < 256; index += 1) {
    let value = index;
    for (let bit = 0; bit < 8; bit += 1) value = (value & 1) === 0 ? value >>> 1 : (value >>> 1) ^ polynomial;
    entries[index] = value;
  }
  for (let index = 256; index < 1_024; index += 1) {
    const before = entries[index - 256]!;
    entries[index] = (before >>> 8) ^ entries[before & 0xff]!;
  }
  return entries;
}

/** The checksum of `bytes` after bytes whose checksum is `before`. */
export function crc32c(bytes: Uint8Array, before: number = 0): number {
  let value = ~before;
  let at = 0;
  for (; at + 4 <= bytes.length; at += 4) {
    value ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    value =
      tables[768 + (value & 0xff)]! ^
      tables[512 + ((value >>> 8) & 0xff)]! ^
      tables[256 + ((value >>> 16) & 0xff)]! ^
      tables[value >>> 24]!;
  }
  for (; at < bytes.length; at += 1) value = tables[(value ^ bytes[at]!) & 0xff]! ^ (value >>> 8);
  return (value ^ -1) >>> 0;
}
