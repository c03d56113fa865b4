/** Bounds of the machine's randomness. */
import { expect, test } from 'vitest';
import { systemRandom } from './random.ts';

test('next is in [0, 1) and does not repeat', () => {
  const drawn = Array.from({ length: 1_000 }, () => systemRandom.next());
  expect(drawn.every((value) => value >= 0 && value < 1)).toBe(true);
  expect(new Set(drawn).size).toBe(1_000);
});

test.each([1, 7, 8, 9, 63, 64, 127])('%d bits fill their range and no more', (count) => {
  const drawn = Array.from({ length: 200 }, () => systemRandom.bits(count));
  expect(drawn.every((value) => value >= 0n && value < 2n ** BigInt(count))).toBe(true);
  // Each of 200 draws misses the upper half with one half.
  expect(drawn.some((value) => value >= 2n ** BigInt(count - 1))).toBe(true);
});

test.each([0, -1, 1.5, 4_097])('%d bits are refused', (count) => {
  expect(() => systemRandom.bits(count)).toThrow(`${count} is no number of bits from 1 to 4096`);
});
