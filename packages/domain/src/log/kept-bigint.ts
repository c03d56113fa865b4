/**
 * A 64-bit field that most messages repeat. In: its halves, 32 bits each, not negative. Out: the bigint, made only where it
 * differs from the one before. Only a cache: it changes no result.
 */

/** The last value of one field. */
export class KeptBigint {
  #low = 0;
  #high = 0;
  #unsigned = 0n;
  #signed = 0n;

  /** The upper half of the last one. */
  get high(): number {
    return this.#high;
  }

  /** The halves as an unsigned number. */
  unsigned(low: number, high: number): bigint {
    this.#meet(low, high);
    return this.#unsigned;
  }

  /** The halves as a number in two's complement. */
  signed(low: number, high: number): bigint {
    this.#meet(low, high);
    return this.#signed;
  }

  #meet(low: number, high: number): void {
    if (low === this.#low && high === this.#high) return;
    this.#low = low;
    this.#high = high;
    this.#unsigned = (BigInt(high) << 32n) | BigInt(low);
    this.#signed = BigInt.asIntN(64, this.#unsigned);
  }
}
