/** How often something may happen to each of many. */
import { expect, test } from 'vitest';
import { TokenBuckets } from './token-buckets.ts';

test('a burst passes, then one for each period, each key for itself', () => {
  const buckets = new TokenBuckets({ burst: 3, everyMs: 1_000, keysMax: 10 });
  expect([0, 0, 0, 0].map((ms) => buckets.take('a', ms))).toEqual([true, true, true, false]);
  expect(buckets.take('b', 0)).toBe(true);
  expect([buckets.take('a', 999), buckets.take('a', 1_000), buckets.take('a', 1_000)]).toEqual([false, true, false]);
});

test('at the bound the key that was asked for the longest ago is forgotten', () => {
  const buckets = new TokenBuckets({ burst: 1, everyMs: 1_000_000, keysMax: 2 });
  expect([buckets.take('a', 0), buckets.take('b', 0), buckets.take('a', 0)]).toEqual([true, true, false]);
  expect(buckets.take('c', 0)).toBe(true);
  expect([buckets.take('b', 0), buckets.take('c', 0)]).toEqual([true, false]);
});
