/**
 * Chance that a test can repeat. In: a seed. Out: numbers that look random and are the same for the same seed. The
 * generator is Marsaglia's xorshift with 32 bits; it is for jitter, not for secrets.
 */

/** A source of numbers in [0, 1). */
export function seededChance(seed: number): () => number {
  // Zero would stay zero.
  let state = (seed | 0) === 0 ? 0x9e3779b9 : seed | 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
