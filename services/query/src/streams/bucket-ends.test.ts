/** Ends of buckets: each once, rising, by the clock alone; sessions and dates by their calendars. */
import { expect, test } from 'vitest';
import { BucketEnds } from './bucket-ends.ts';

const open = 1_381_239_000; // 2013-10-08T13:30:00Z, the open of XNYS.

test('an end is told once, when it has been passed, and a jump tells the latest alone', () => {
  const ends = new BucketEnds(['1m', '5m'], ['24/7']);
  expect(ends.passed(open)).toEqual([
    { interval: '1m', endSec: open },
    { interval: '5m', endSec: open },
  ]);
  expect(ends.passed(open + 59)).toEqual([]);
  expect(ends.passed(open + 60)).toEqual([{ interval: '1m', endSec: open + 60 }]);
  expect(ends.passed(open + 3_630)).toEqual([
    { interval: '1m', endSec: open + 3_600 },
    { interval: '5m', endSec: open + 3_600 },
  ]);
});

test('nothing is told before a clock is known', () => {
  expect(new BucketEnds(['1m'], ['24/7']).passed(-1)).toEqual([]);
});

test('two hours of a session end where the session says, a date at local midnight', () => {
  const ends = new BucketEnds(['2h', '1d'], ['XNYS']);
  const close = open + 6.5 * 3_600;
  expect(ends.passed(close)).toContainEqual({ interval: '2h', endSec: close });
  // 00:00 in New York is 04:00 UTC on that date.
  expect(ends.passed(open + 86_400)).toContainEqual({ interval: '1d', endSec: 1_381_291_200 });
});

test('with several calendars each end of each is told', () => {
  const ends = new BucketEnds(['1d'], ['XNYS', '24/7']);
  ends.passed(open);
  expect(ends.passed(1_381_276_800)).toEqual([{ interval: '1d', endSec: 1_381_276_800 }]);
  expect(ends.passed(1_381_291_200)).toEqual([{ interval: '1d', endSec: 1_381_291_200 }]);
});
