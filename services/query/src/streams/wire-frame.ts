/**
 * Messages of the contract put together from parts that are encoded already. In: encoded entries. Out: the bytes of a
 * stream's response that holds them. Both streams have their batch as field 1 and its entries as field 1 of it.
 */

const batchTag = 0x0a;
const entryTag = 0x0a;

/** The response whose batch holds these entries, 1 or more. */
export function batchFrame(entries: readonly Uint8Array[]): Uint8Array {
  let batchBytes = 0;
  for (const { length } of entries) batchBytes += 1 + varintBytes(length) + length;
  const frame = new Uint8Array(1 + varintBytes(batchBytes) + batchBytes);
  frame[0] = batchTag;
  let at = putVarint(frame, 1, batchBytes);
  for (const entry of entries) {
    frame[at] = entryTag;
    at = putVarint(frame, at + 1, entry.length);
    frame.set(entry, at);
    at += entry.length;
  }
  return frame;
}

function varintBytes(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 128)) length += 1;
  return length;
}

function putVarint(bytes: Uint8Array, from: number, value: number): number {
  let at = from;
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) {
    bytes[at] = (rest % 128) | 0x80;
    at += 1;
  }
  bytes[at] = rest;
  return at + 1;
}
