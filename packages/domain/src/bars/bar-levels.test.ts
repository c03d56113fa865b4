/**
 * Which bars are made of which, and where buckets lie. In: intervals, times. Out: levels, buckets.
 */
import { expect, test } from 'vitest';
import { type Interval, parseInterval } from '../market/interval.ts';
import { calendarNamed } from '../sessions/calendar-loader.ts';
import type { SessionCalendar } from '../sessions/session-calendar.ts';
import { barLevels, bucketAt } from './bar-levels.ts';

function intervals(...names: string[]): Interval[] {
  return names.map((name) => parseInterval(name) as Interval);
}

function made(...names: string[]): string[] {
  const levels = barLevels(intervals(...names));
  return levels.map(({ interval, child, reported }) => {
    const of = child < 0 ? 'ticks' : levels[child]?.interval.name;
    return `${interval.name} of ${of}${reported ? '' : ', unreported'}`;
  });
}

test('each bar is made of the coarsest finer one that nests in it', () => {
  expect(made('1s', '5s', '1m', '5m', '15m', '1h', '1d')).toEqual([
    '1s of ticks',
    '5s of 1s',
    '1m of 5s',
    '5m of 1m',
    '15m of 5m',
    '1h of 15m',
    '1d of 15m',
  ]);
});

test('a date is never made of hours, because zones may lie at quarters of one', () => {
  expect(made('1h', '1d')).toEqual(['1m of ticks, unreported', '1h of 1m', '1d of 1m']);
});

test('a bar that is anchored at the session is made of bars that divide five minutes', () => {
  expect(made('1s', '1m', '5m', '45m', '2h')).toEqual(['1s of ticks', '1m of 1s', '5m of 1m', '45m of 5m', '2h of 5m']);
});

test('intervals that share no finer one get one that nobody asked for', () => {
  expect(made('7m', '1h')).toEqual(['1m of ticks, unreported', '7m of 1m', '1h of 1m']);
  expect(made('10s', '15s')).toEqual(['1s of ticks, unreported', '10s of 1s', '15s of 1s']);
});

test('one interval alone is folded from ticks, and a repeated one counts once', () => {
  expect(made('45m')).toEqual(['45m of ticks']);
  expect(made('60s', '1m')).toEqual(['1m of ticks']);
});

test('a time on the boundary opens the next bar', () => {
  const bucket = { startSec: 0, endSec: 0 };
  const calendar = calendarNamed('24/7') as SessionCalendar;
  bucketAt(intervals('1m')[0] as Interval, calendar, 120, bucket);
  expect(bucket).toEqual({ startSec: 120, endSec: 180 });
  bucketAt(intervals('1m')[0] as Interval, calendar, 119, bucket);
  expect(bucket).toEqual({ startSec: 60, endSec: 120 });
});
