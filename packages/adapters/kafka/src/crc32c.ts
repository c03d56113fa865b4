/**
 * The checksum of a record batch. In: bytes. Out: their CRC-32C (Castagnoli). Eight bytes at a time by tables, because
 * Node has the other CRC-32 alone; ADR 13 has the numbers.
 */

const polynomial = 0x82f63b78;
const tableSize = 256;
const tableCount = 8;
const tables: Int32Array = makeTables();

/** CRC-32C of bytes from `start` to `end`, 0 to 2^32 - 1. */
export function crc32c(bytes: Uint8Array, start: number, end: number): number {
  const t = tables;
  let crc = -1;
  let at = start;
  for (const last = end - 8; at <= last; at += 8) {
    const low =
      crc ^
      ((bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24));
    crc =
      (t[1792 + (low & 255)] as number) ^
      (t[1536 + ((low >>> 8) & 255)] as number) ^
      (t[1280 + ((low >>> 16) & 255)] as number) ^
      (t[1024 + (low >>> 24)] as number) ^
      (t[768 + (bytes[at + 4] as number)] as number) ^
      (t[512 + (bytes[at + 5] as number)] as number) ^
      (t[256 + (bytes[at + 6] as number)] as number) ^
      (t[bytes[at + 7] as number] as number);
  }
  for (; at < end; at += 1) crc = (t[(crc ^ (bytes[at] as number)) & 255] as number) ^ (crc >>> 8);
  return (crc ^ -1) >>> 0;
}

/** Table k holds what a byte does to the checksum when k more bytes follow it. */
function makeTables(): Int32Array {
  const made = new Int32Array(tableSize * tableCount);
  for (let byte = 0; byte < tableSize; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    made[byte] = crc;
  }
  for (let index = tableSize; index < made.length; index += 1) {
    const before = made[index - tableSize] as number;
    made[index] = (made[before & 255] as number) ^ (before >>> 8);
  }
  return made;
}
