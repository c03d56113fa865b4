/**
 * Repeatable chance. In: a seed. Out: draws that are the same for the same seed on every machine: Mulberry32, 32 bits of
 * state, whole-number arithmetic only.
 */

/** A source of draws. */
export type Draw = {
  /** A whole number from 0 to `count - 1`. */
  below(count: number): number;
  /** One of the values. */
  of<Value>(values: readonly Value[]): Value;
  /** True with this chance, in percent. */
  percent(chance: number): boolean;
};

/** The draws of a seed, 0 to 2^32 - 1. */
export function drawsOf(seed: number): Draw {
  let state = seed >>> 0;
  const below = (count: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * count);
  };
  return {
    below,
    of: (values) => {
      const value = values[below(values.length)];
      if (value === undefined) throw new RangeError('there is nothing to draw from');
      return value;
    },
    percent: (chance) => below(100) < chance,
  };
}
