/** The generator: same seed, same draws, on every machine; every value of a range; no bias that a test would see. */
import { expect, test } from 'vitest';
import { Random } from './random.ts';

function draws(seed: number, count: number): number[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => random.int(0, 999_999));
}

test('a seed gives the same numbers for ever', () => {
  expect(draws(1, 5)).toEqual([184_526, 37_306, 463_434, 313_423, 695_146]);
});

test('other seeds give other numbers', () => {
  const firsts = new Set(Array.from({ length: 1_000 }, (_, seed) => draws(seed, 1)[0]));
  expect(firsts.size).toBeGreaterThan(990);
});

test('seeds that differ only above 32 bits give other numbers', () => {
  expect(draws(7, 4)).not.toEqual(draws(7 + 2 ** 40, 4));
});

test('a range is drawn from end to end, each number about as often', () => {
  const random = new Random(3);
  const counts = Array.from({ length: 6 }, () => 0);
  for (let draw = 0; draw < 6_000; draw += 1) counts[random.int(-2, 3) + 2]! += 1;
  for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
});

test('wide ranges reach beyond 32 bits', () => {
  const random = new Random(4);
  const wide = Array.from({ length: 50 }, () => random.int(0, Number.MAX_SAFE_INTEGER));
  expect(wide.every((value) => Number.isSafeInteger(value) && value >= 0)).toBe(true);
  expect(wide.some((value) => value > 2 ** 52)).toBe(true);
});

test('a chance of 0 never comes, one of 1 always', () => {
  const random = new Random(5);
  const both = Array.from({ length: 200 }, () => [random.chance(0), random.chance(1)]);
  expect(both.every(([never, always]) => never === false && always === true)).toBe(true);
});

test('a shuffle keeps every entry and leaves the list alone', () => {
  const entries = [1, 2, 3, 4, 5, 6, 7, 8];
  const shuffled = new Random(6).shuffle(entries);
  expect(shuffled).not.toEqual(entries);
  expect(shuffled.toSorted((left, right) => left - right)).toEqual(entries);
  expect(entries).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test('a fork has draws of its own, and the parent goes on the same however many they are', () => {
  const after = (forkDraws: number): number => {
    const random = new Random(8);
    const fork = random.fork();
    for (let draw = 0; draw < forkDraws; draw += 1) fork.int(0, 9);
    return random.int(0, 999_999);
  };
  expect(after(0)).toBe(after(17));
});

test('there is nothing to choose from an empty list', () => {
  expect(() => new Random(9).choice([])).toThrow(RangeError);
});
