/**
 * Which trade ids a tick block may hold, without decoding it again. In: the ids of a block. Out: `false` for an id that is
 * certainly not among them; of a thousand others about one is answered `true` too. A split-block Bloom filter as the
 * Parquet format has it (github.com/apache/parquet-format, BloomFilter.md), with 17 bits an id or a few more. Only a
 * cache: what it says never decides a result.
 */
const wordsPerBlock = 8;
const bitsPerBlock = 256;
const bitsPerId = 17;

/** One odd multiplier for each word of a block, as the format gives them. */
const salts = Int32Array.of(
  0x47b6137b,
  0x44974d91,
  0x8824ad5b,
  0xa2b7289d,
  0x705495c7,
  0x2df1424b,
  0x9efc4947,
  0x5c6bfb31,
);

/** A filter with room for so many ids. */
export class TradeIdFilter {
  readonly #words: Int32Array;
  readonly #blocks: number;

  constructor(idsMax: number) {
    this.#blocks = Math.max(1, Math.ceil((idsMax * bitsPerId) / bitsPerBlock));
    this.#words = new Int32Array(this.#blocks * wordsPerBlock);
  }

  /** Takes in an id by its key; see `tradeIdKey`. */
  add(key: number): void {
    const from = this.#blockOf(key);
    for (let word = 0; word < wordsPerBlock; word += 1) {
      this.#words[from + word]! |= 1 << (Math.imul(key, salts[word]!) >>> 27);
    }
  }

  /** Whether an id with this key may have been added. */
  mayHave(key: number): boolean {
    const from = this.#blockOf(key);
    for (let word = 0; word < wordsPerBlock; word += 1) {
      if ((this.#words[from + word]! & (1 << (Math.imul(key, salts[word]!) >>> 27))) === 0) return false;
    }
    return true;
  }

  #blockOf(key: number): number {
    // The bits within a block come from the key as it is, so the block comes from another mix of it.
    const mixed = Math.imul(key ^ (key >>> 15), 0x2c1b3c6d);
    return Math.floor((((mixed ^ (mixed >>> 13)) >>> 0) / 4294967296) * this.#blocks) * wordsPerBlock;
  }
}

/** The key of an id: the same for the text of a whole number as for the number. */
export function tradeIdKey(id: string): number {
  if (/^-?[0-9]{1,16}$/.test(id)) {
    const value = Number(id);
    if (String(value) === id) return tradeNumberKey(value);
  }
  let hash = 0x811c9dc5;
  for (let at = 0; at < id.length; at += 1) hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193);
  return mix(hash);
}

/** The key of an id that is a whole number; magnitude up to 2^53 - 1. */
export function tradeNumberKey(value: number): number {
  const high = Math.floor(value / 4294967296);
  return mix(Math.imul((value - high * 4294967296) | 0, 0x01000193) ^ Math.imul(high, 0x7feb352d));
}

function mix(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  const twice = Math.imul(once ^ (once >>> 15), 0x846ca68b);
  return twice ^ (twice >>> 16);
}
