/**
 * Chance as a seam. In: nothing. Out: numbers that nobody can foresee, or, in a test, numbers that it chose. Nothing
 * that is computed from ticks depends on them: they space retries and name publishers.
 */
import { randomBytes } from 'node:crypto';

/** A source of random numbers. */
export type RandomSource = {
  /** Uniform in [0, 1). */
  next(): number;
  /** A uniform integer of `count` bits, 1 to 4,096: 0 to 2^count - 1. `RangeError` for another count. */
  bits(count: number): bigint;
};

const bitsMax = 4_096;

/** The machine's randomness, fit for names that must not collide or be guessed. */
export const systemRandom: RandomSource = {
  next: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
  bits: (count) => {
    if (!Number.isInteger(count) || count < 1 || count > bitsMax) {
      throw new RangeError(`${count} is no number of bits from 1 to ${bitsMax}`);
    }
    const bytes = randomBytes(Math.ceil(count / 8));
    return BigInt(`0x${bytes.toString('hex')}`) >> BigInt(bytes.length * 8 - count);
  },
};
