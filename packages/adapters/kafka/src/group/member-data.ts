/**
 * What a worker tells the group when it joins. In: its address, what it owns, since which generation, and at what rates.
 * Out: a few bytes, and back. Bytes of another version or damaged ones are no error: such a member owns nothing that we
 * know of. Layout: version, address, generation, count, then per partition its distance to the one before and its rate + 1, then the
 * partitions in use, all but the address as varints of 7 bits a byte. Versions before ADR 21 end before the last, and pass over it.
 */

/** A worker's own words. */
export type MemberData = {
  /** Where it answers, `host:port`; at most 255 bytes of UTF-8. */
  readonly address: string;
  /** Generation of the group in which it was given its partitions; 0 if it has none. */
  readonly generation: number;
  /** Ascending. */
  readonly owned: readonly number[];
  /** Whole ticks a second, of owned partitions alone. */
  readonly rates: ReadonlyMap<number, number>;
  /** Partitions 0 to this - 1 are to be shared out, as far as it knows; 0 = it does not say. */
  readonly partitionsInUse: number;
};

const version = 1;
/** Longest address, bytes. */
export const addressBytesMax = 255;
/** Most partitions of one member: above any topic, and low enough that damaged bytes cannot fill the memory. */
const ownedMax = 1_048_576;

/** Throws `RangeError` for an address that is empty or longer than 255 bytes. */
export function encodeMemberData({ address, generation, owned, rates, partitionsInUse }: MemberData): Buffer {
  const place = Buffer.from(address, 'utf8');
  if (place.length === 0 || place.length > addressBytesMax) {
    throw new RangeError(`an address has 1 to ${addressBytesMax} bytes, and "${address}" has ${place.length}`);
  }
  const numbers: number[] = [];
  putVarint(numbers, Math.max(0, generation));
  putVarint(numbers, owned.length);
  let before = 0;
  for (const partition of owned) {
    putVarint(numbers, partition - before);
    before = partition;
    const rate = rates.get(partition);
    putVarint(numbers, rate === undefined || !(rate >= 0) ? 0 : Math.min(Math.round(rate), 2 ** 40) + 1);
  }
  putVarint(numbers, partitionsInUse);
  return Buffer.concat([Uint8Array.of(version, place.length), place, Uint8Array.from(numbers)]);
}

/** `undefined` for bytes that are none of ours. */
export function decodeMemberData(bytes: Uint8Array): MemberData | undefined {
  const addressEnd = 2 + (bytes[1] ?? 0);
  if (bytes[0] !== version || addressEnd === 2 || bytes.length < addressEnd) return undefined;
  const address = Buffer.from(bytes.subarray(2, addressEnd)).toString('utf8');
  const reader = { bytes, at: addressEnd };
  const generation = takeVarint(reader);
  const count = takeVarint(reader);
  if (!(count <= ownedMax)) return undefined;
  const owned: number[] = [];
  const rates = new Map<number, number>();
  let partition = 0;
  for (let index = 0; index < count; index += 1) {
    const distance = takeVarint(reader);
    const rate = takeVarint(reader);
    if (Number.isNaN(rate) || (index > 0 && distance === 0)) return undefined;
    partition += distance;
    owned.push(partition);
    if (rate > 0) rates.set(partition, rate - 1);
  }
  const partitionsInUse = takeVarint(reader);
  return { address, generation, owned, rates, partitionsInUse: Number.isNaN(partitionsInUse) ? 0 : partitionsInUse };
}

function putVarint(into: number[], value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    into.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  into.push(rest);
}

/** NaN where the bytes end before the number, or the number is beyond 2^49. */
function takeVarint(reader: { readonly bytes: Uint8Array; at: number }): number {
  let value = 0;
  for (let scale = 1; scale <= 2 ** 42; scale *= 0x80) {
    const byte = reader.bytes[reader.at];
    if (byte === undefined) return Number.NaN;
    reader.at += 1;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
  }
  return Number.NaN;
}
