/**
 * The few forms of DER that a certificate is written in (ITU-T X.690). In: values. Out: bytes: a tag, a length, the
 * content. Every length is in its shortest form.
 */

/** One element. */
export function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body]);
}

/** A sequence of elements. */
export function sequence(...content: readonly Uint8Array[]): Buffer {
  return der(0x30, ...content);
}

/** A number that is not negative, from its bytes. */
export function integer(bytes: Uint8Array): Buffer {
  const start = bytes.findIndex((byte) => byte !== 0);
  const short = start < 0 ? Buffer.from([0]) : Buffer.from(bytes.subarray(start));
  return der(0x02, (short[0] ?? 0) > 127 ? Buffer.concat([Buffer.from([0]), short]) : short);
}

/** A name of the register of objects, such as `2.5.4.3`. */
export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = rest.flatMap((part) => {
    const septets = [part & 127];
    for (let left = part >> 7; left > 0; left >>= 7) septets.unshift((left & 127) | 128);
    return septets;
  });
  return der(0x06, Buffer.from([first * 40 + second, ...bytes]));
}

/** A moment from 2050 on or before, in the form with four digits of the year. */
export function moment(time: Date): Buffer {
  const digits = time.toISOString().replaceAll(/[-:T]/g, '').slice(0, 14);
  // RFC 5280 asks for two digits of the year before 2050.
  return time.getUTCFullYear() < 2050
    ? der(0x17, Buffer.from(`${digits.slice(2)}Z`))
    : der(0x18, Buffer.from(`${digits}Z`));
}

/** Bits that fill whole bytes. */
export function bitString(bytes: Uint8Array): Buffer {
  return der(0x03, Buffer.from([0]), bytes);
}

function lengthOf(length: number): Buffer {
  if (length < 128) return Buffer.from([length]);
  const bytes: number[] = [];
  for (let left = length; left > 0; left >>>= 8) bytes.unshift(left & 255);
  return Buffer.from([128 | bytes.length, ...bytes]);
}
