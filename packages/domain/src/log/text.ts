/**
 * UTF-8 without the platform's codecs, because the domain has no platform. In: text or bytes. Out: the other, and how
 * long a text is in characters, which every bound of the contract counts.
 * Malformed bytes decode to U+FFFD, as the WHATWG Encoding Standard has it for one bad byte at a time.
 */

/** The UTF-8 bytes of `text`; a lone surrogate becomes U+FFFD. */
export function encodeText(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    let point = character.codePointAt(0) as number;
    if (point >= 0xd800 && point <= 0xdfff) point = 0xfffd;
    if (point < 0x80) bytes.push(point);
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), 0x80 | (point & 63));
    else if (point < 0x10000) bytes.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
    else bytes.push(0xf0 | (point >> 18), 0x80 | ((point >> 12) & 63), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
  }
  return Uint8Array.from(bytes);
}

/** The text of `bytes[start, end)`. */
export function decodeText(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end;) {
    const first = bytes[at] as number;
    const length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
    const point = length === 1 ? first : decodePoint(bytes, at, end, first, length);
    text += point < 0 ? '\ufffd' : String.fromCodePoint(point);
    at += point < 0 ? 1 : length;
  }
  return text;
}

const smallestPoint = [0, 0, 0x80, 0x800, 0x10000];

/** The code point of a sequence of `length` bytes at `at`, or -1 if it is malformed. */
function decodePoint(bytes: Uint8Array, at: number, end: number, first: number, length: number): number {
  if (length === 0 || first > 0xf4 || at + length > end) return -1;
  let point = first & (0xff >> (length + 1));
  for (let next = at + 1; next < at + length; next += 1) {
    const byte = bytes[next] as number;
    if ((byte & 0xc0) !== 0x80) return -1;
    point = (point << 6) | (byte & 63);
  }
  const surrogate = point >= 0xd800 && point <= 0xdfff;
  return point < (smallestPoint[length] as number) || point > 0x10ffff || surrogate ? -1 : point;
}

/** How many characters the text has: Unicode code points, a lone surrogate being one, each at most 4 bytes of UTF-8. */
export function charactersIn(text: string): number {
  let characters = 0;
  for (let at = 0; at < text.length; at += (text.codePointAt(at) as number) > 0xffff ? 2 : 1) characters += 1;
  return characters;
}

/** Whether the text has more than `max` characters. */
export function isLongerThan(text: string, max: number): boolean {
  return text.length > max && (text.length > 2 * max || charactersIn(text) > max);
}
