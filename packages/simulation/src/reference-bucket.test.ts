/** Buckets by brute force, at the instants where the rules differ. Times are 2024-03-08 and -10 in New York. */
import { calendarNamed, type SessionCalendar } from '@tapeline/domain';
import { expect, test } from 'vitest';
import { intervalNamed } from './market-scenes.ts';
import { referenceBucket } from './reference-bucket.ts';

const openSec = 1_709_908_200;
const hour = 3_600;

function bounds(interval: string, sec: number, calendar: string = 'XNYS'): [number, number] {
  const { startSec, endSec } = referenceBucket(
    intervalNamed(interval),
    calendarNamed(calendar) as SessionCalendar,
    sec,
  );
  return [startSec - openSec, endSec - openSec];
}

test('what divides the hour is cut on multiples since the epoch', () => {
  expect(bounds('1h', openSec)).toEqual([-hour / 2, hour / 2]);
  expect(bounds('20m', openSec + 1)).toEqual([-600, 600]);
  expect(bounds('4s', openSec + 3)).toEqual([0, 4]);
});

test('other lengths are counted from the opening and cut at the close', () => {
  expect(bounds('45m', openSec)).toEqual([0, 2_700]);
  expect(bounds('45m', openSec - 1)).toEqual([-900, 0]);
  expect(bounds('2h', openSec + 6.5 * hour - 1)).toEqual([6 * hour, 6.5 * hour]);
});

test('a day is the local date, 23 hours where summer time begins', () => {
  expect(bounds('1d', openSec)).toEqual([-9.5 * hour, 14.5 * hour]);
  const [start, end] = bounds('1d', 1_710_054_000);
  expect(end - start).toBe(23 * hour);
});
