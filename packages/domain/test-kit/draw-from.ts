/**
 * Chance that can be repeated. In: a seed. Out: whole numbers, the same for a seed on every machine, so that a seed that fails runs
 * again as it was.
 */

/** The generator mulberry32 by Tommy Ettinger; whole numbers from 0 to below a bound of at most 2^32. */
export function drawFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}
