/**
 * Seeded chance: the only randomness of the simulated world. In: a seed. Out: numbers that are the same on every
 * machine for the same seed, so that a failure is replayed by its seed alone (law 2: nobody else draws).
 */

const two32 = 4_294_967_296;
const warmUpDraws = 12;

/**
 * A small fast counting generator, sfc32 by Chris Doty-Humphrey (PractRand 0.95): 128 bits of state, period of at
 * least 2^32. The seed is spread over the state by splitmix32, a 32-bit form of Steele, Lea and Flood's SplitMix.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** `seed` is a whole number; of its bits the low 53 count. */
  constructor(seed: number) {
    const spread = splitmix32(Math.floor(seed / two32) ^ seed);
    this.#a = spread();
    this.#b = spread();
    this.#c = spread();
    for (let draw = 0; draw < warmUpDraws; draw += 1) this.#next();
  }

  /** A whole number from `low` to `high`, both included; `high - low` is below 2^53. */
  int(low: number, high: number): number {
    return low + Math.floor(this.#fraction() * (high - low + 1));
  }

  /** True with this probability, 0 to 1. */
  chance(probability: number): boolean {
    return this.#fraction() < probability;
  }

  /** One of the entries. Throws `RangeError` for an empty list. */
  choice<Entry>(entries: readonly Entry[]): Entry {
    if (entries.length === 0) throw new RangeError('there is nothing to choose from');
    return entries[this.int(0, entries.length - 1)] as Entry;
  }

  /** The entries in a random order; the list itself stays (Fisher and Yates, as given by Durstenfeld). */
  shuffle<Entry>(entries: readonly Entry[]): Entry[] {
    const shuffled = [...entries];
    for (let last = shuffled.length - 1; last > 0; last -= 1) {
      const place = this.int(0, last);
      [shuffled[last], shuffled[place]] = [shuffled[place] as Entry, shuffled[last] as Entry];
    }
    return shuffled;
  }

  /** A generator of its own, so that drawing more or less from one does not change what the other gives. */
  fork(): Random {
    return new Random(this.#next() * 0x20_0000 + (this.#next() >>> 11));
  }

  /** In [0, 1), a multiple of 2^-53. */
  #fraction(): number {
    return (this.#next() * 0x20_0000 + (this.#next() >>> 11)) / 2 ** 53;
  }

  #next(): number {
    const sum = (this.#a + this.#b + this.#counter) >>> 0;
    this.#counter = (this.#counter + 1) >>> 0;
    this.#a = (this.#b ^ (this.#b >>> 9)) >>> 0;
    this.#b = (this.#c + (this.#c << 3)) >>> 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) >>> 0;
    this.#c = (this.#c + sum) >>> 0;
    return sum;
  }
}

function splitmix32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e37_79b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85eb_ca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
    return (mixed ^ (mixed >>> 16)) >>> 0;
  };
}
