/**
 * Records that prove themselves. In: a number. Out: bytes of a size and content that follow from the number alone, and
 * back; a torn, mixed or swapped record is found by reading it.
 */

const headBytes = 4;
const sizeMax = 6_000;

/** The record of this number, 4 to 6,003 bytes. */
export function numberedRecord(number: number): Uint8Array {
  const bytes = new Uint8Array(headBytes + ((Math.imul(number + 1, 0x9e37_79b9) >>> 0) % sizeMax));
  new DataView(bytes.buffer).setUint32(0, number);
  for (let at = headBytes; at < bytes.length; at += 1) bytes[at] = Math.imul(number + 7, at) >>> 5;
  return bytes;
}

/** The number of a record that is whole. Throws for one that is not. */
export function numberOfRecord(bytes: Uint8Array): number {
  const number = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0);
  const whole = numberedRecord(number);
  if (whole.length !== bytes.length || whole.some((byte, at) => byte !== bytes[at])) {
    throw new Error(`record ${number} of ${bytes.length} bytes is torn`);
  }
  return number;
}
