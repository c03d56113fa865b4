/**
 * A seeded source of numbers for the bench. In: a seed. Out: the same numbers for the same seed on every machine. The
 * generator is Bob Jenkins' small fast counter generator with 32-bit words ("sfc32", public domain).
 */

/** Numbers that look random and are not. */
export class SeededRandom {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** `seed` counts by its low 32 bits. */
  constructor(seed: number) {
    this.#a = seed | 0;
    this.#b = Math.imul(seed, 0x9e3779b1) | 0;
    this.#c = 0x2545f491;
    // The first words still show the seed.
    for (let round = 0; round < 16; round += 1) this.#word();
  }

  /** Uniform in [0, 1), with 32 random bits. */
  unit(): number {
    return (this.#word() >>> 0) / 4294967296;
  }

  /** A whole number, uniform in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.unit() * bound);
  }

  #word(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    this.#c |= 0;
    return sum;
  }
}
