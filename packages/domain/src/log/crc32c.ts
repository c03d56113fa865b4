/**
 * CRC-32C (Castagnoli), as RFC 3720 appendix B.4 gives it. In: bytes. Out: an unsigned 32-bit checksum, by which a
 * damaged snapshot is known.
 */

const table: Uint32Array = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = (value & 1) === 0 ? value >>> 1 : (value >>> 1) ^ 0x82f63b78;
  return value >>> 0;
});

/** The checksum of `bytes`. */
export function crc32c(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = table[(value ^ byte) & 0xff]! ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}
