/**
 * Seeded chance of the simulated exchange. In: a seed. Out: numbers that are the same on every machine for the same
 * seed. Also hashes of coordinates, for values that must be the same whenever they are asked for.
 */

const two32 = 4_294_967_296;
const warmUpDraws = 12;

/** sfc32 by Chris Doty-Humphrey (PractRand 0.95): small, fast, 128 bits of state. */
export class SeededDraw {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** `seed` and `stream` are whole numbers from 0 to 2^53 - 1; streams of one seed are independent. */
  constructor(seed: number, stream: number) {
    this.#a = hash(seed, stream, 1);
    this.#b = hash(seed, stream, 2);
    this.#c = hash(seed, stream, 3);
    for (let draw = 0; draw < warmUpDraws; draw += 1) this.next();
  }

  /** Uniform in [0, 1), in steps of 2^-32. */
  next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (this.#c << 21) | (this.#c >>> 11);
    this.#c = (this.#c + sum) | 0;
    return (sum >>> 0) / two32;
  }

  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** A waiting time with this mean, as between events that do not know of each other. */
  wait(mean: number): number {
    return -Math.log(1 - this.next()) * mean;
  }

  /** One of the entries; there is at least one. */
  choice<Entry>(entries: readonly Entry[]): Entry {
    return entries[this.int(0, entries.length - 1)] as Entry;
  }
}

/** 32 bits that depend on every bit of three whole numbers (the mixing of MurmurHash3). */
export function hash(first: number, second: number, third: number): number {
  let mixed = 0x9e37_79b9;
  for (const value of [first, second, third]) {
    for (const word of [value >>> 0, Math.floor(value / two32) >>> 0]) {
      mixed ^= Math.imul(word, 0xcc9e_2d51);
      mixed = Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe654_6b64;
    }
  }
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
