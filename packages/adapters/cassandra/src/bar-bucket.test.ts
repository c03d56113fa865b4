/** Buckets of every possible interval. */
import { parseInterval } from '@tapeline/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bucketAt, bucketSpan } from './bar-bucket.ts';

const names = [
  ...[1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30].map((seconds) => `${seconds}s`),
  ...Array.from({ length: 1_439 }, (_, place) => `${place + 1}m`),
  '1d',
];
const intervals = names.map((name) => {
  const interval = parseInterval(name);
  if ('code' in interval) throw new Error(interval.message);
  return interval;
});
const anyTime = fc.integer({ min: -8_000_000_000, max: 8_000_000_000 });
const spans = ['day', 'month', 'year', 'decade'] as const;

test('a bucket of any interval has less than 100,000 bars, with four sessions a day that begin anew', () => {
  const sessionsPerDay = 4;
  for (const { name, seconds, alignment } of intervals) {
    const { startSec, endSec } = bucketAt(bucketSpan(seconds), 1_704_067_200);
    const days = (endSec - startSec) / 86_400;
    const perDay = Math.floor(86_400 / seconds) + (alignment === 'session' ? sessionsPerDay : 0);
    expect(perDay * days >= 100_000 ? name : '').toBe('');
  }
});

test('a time lies in its bucket, and both ends of a bucket are the ends of its neighbours', () => {
  fc.assert(
    fc.property(fc.constantFrom(...spans), anyTime, (span, timeSec) => {
      const here = bucketAt(span, timeSec);
      expect(here.startSec).toBeLessThanOrEqual(timeSec);
      expect(here.endSec).toBeGreaterThan(timeSec);
      expect(bucketAt(span, here.startSec)).toEqual(here);
      expect(bucketAt(span, here.endSec - 1)).toEqual(here);
      const next = bucketAt(span, here.endSec);
      expect(next.startSec).toBe(here.endSec);
      expect(next.bucket).toBeGreaterThan(here.bucket);
    }),
  );
});

test('a bucket reads as the date on which it begins', () => {
  fc.assert(
    fc.property(anyTime, (timeSec) => {
      const { bucket, startSec } = bucketAt('day', timeSec);
      const date = new Date(startSec * 1_000);
      expect(bucket).toBe(date.getUTCFullYear() * 10_000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate());
    }),
  );
  expect(bucketAt('day', 1_381_239_000)).toMatchObject({ bucket: 20_131_008 });
  expect(bucketAt('month', 1_381_239_000)).toMatchObject({ bucket: 201_310 });
  expect(bucketAt('year', 1_381_239_000)).toMatchObject({ bucket: 2_013 });
  expect(bucketAt('decade', 1_381_239_000)).toMatchObject({ bucket: 2_010 });
  expect(bucketAt('decade', -1)).toMatchObject({ bucket: 1_960 });
  expect(bucketAt('month', 1_709_164_800)).toEqual({ bucket: 202_402, startSec: 1_706_745_600, endSec: 1_709_251_200 });
});
