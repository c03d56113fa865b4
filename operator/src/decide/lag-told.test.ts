/** The shown lag: one digit, ordinary lags are none, and it stays while the true one is within a factor of two. */
import { expect, test } from 'vitest';
import { toldLag } from './lag-told.ts';

function at(lag: number): ReadonlyMap<number, number> {
  return new Map([
    [0, 1],
    [3, lag],
  ]);
}

test.each([
  [undefined, 99, 0, undefined],
  [undefined, 1_234, 1_000, 3],
  [{ records: 1_000, partition: 0 }, 1_900, 1_000, 0],
  [{ records: 1_000, partition: 0 }, 2_100, 2_000, 3],
  [{ records: 1_000, partition: 0 }, 499, 500, 3],
  [{ records: 1_000, partition: 0 }, 10, 0, undefined],
])('after %j a lag of %d is told as %d', (before, lag, records, partition) => {
  expect(toldLag(before, at(lag))).toEqual({ records, partition });
});
