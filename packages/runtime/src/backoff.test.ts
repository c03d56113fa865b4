/** The waits between tries: their limits double up to the maximum, and a success resets them. */
import { expect, test } from 'vitest';
import { Backoff } from './backoff.ts';
import type { RandomSource } from './random.ts';

const highest: RandomSource = { next: () => 1 - Number.EPSILON, bits: () => 0n };
const half: RandomSource = { next: () => 0.5, bits: () => 0n };

function waits(random: RandomSource, count: number): number[] {
  const backoff = new Backoff({ firstMs: 100, maxMs: 1_000, random });
  return Array.from({ length: count }, () => backoff.nextMs());
}

test('the limit doubles and stops at the maximum; the wait is spread below it', () => {
  expect(waits(highest, 6)).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  expect(waits(half, 6)).toEqual([50, 100, 200, 400, 500, 500]);
});

test('after a success the first wait comes again', () => {
  const backoff = new Backoff({ firstMs: 100, maxMs: 1_000, random: highest });
  backoff.nextMs();
  backoff.nextMs();
  backoff.reset();
  expect(backoff.nextMs()).toBe(100);
});

test.each([
  [0, 10],
  [11, 10],
  [Number.NaN, 10],
])('bounds from %d to %d ms are refused', (firstMs, maxMs) => {
  expect(() => new Backoff({ firstMs, maxMs, random: half })).toThrow('give 0 < firstMs <= maxMs');
});
