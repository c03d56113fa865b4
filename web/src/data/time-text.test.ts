/** Times are in UTC, whatever zone and language the machine has. */
import { expect, test } from 'vitest';
import { axisSecond, axisText, barTimeText, durationText } from './time-text.ts';

const open = Date.UTC(2013, 9, 8, 13, 30, 5) / 1_000;

test('a bar is named by date, time and zone; a day only by its date', () => {
  expect(barTimeText(open, false)).toBe('Tue 8 Oct 2013  13:30:05 UTC');
  expect(barTimeText(open, true)).toBe('Tue 8 Oct 2013');
});

test('the axis names years, months, days and times, with seconds only where there are any', () => {
  expect((['year', 'month', 'day', 'time'] as const).map((weight) => axisText(open, weight))).toEqual([
    '2013',
    'Oct',
    '8 Oct',
    '13:30:05',
  ]);
  expect(axisText(open - 5, 'time')).toBe('13:30');
});

test.each([
  ['New York', Date.UTC(2013, 9, 8, 4), 24],
  ['London in summer', Date.UTC(2013, 9, 7, 23), 24],
  ['the day in which summer ends in London', Date.UTC(2013, 9, 7, 23), 25],
  ['always open', Date.UTC(2013, 9, 8, 0), 24],
])('a day’s bar stands on its trading date: %s', (_name, startMs, hours) => {
  const start = startMs / 1_000;
  expect(axisSecond(start, start + hours * 3_600, true)).toBe(Date.UTC(2013, 9, 8) / 1_000);
  expect(axisSecond(start, start + 60, false)).toBe(start);
});

test('durations have two digits or so', () => {
  expect([0, 8.4, 999, 1_240, 45_000, 180_000, 7_200_000, 432_000_000, Number.NaN].map(durationText)).toEqual([
    '0 ms',
    '8 ms',
    '999 ms',
    '1.2 s',
    '45 s',
    '3 min',
    '2 h',
    '5 d',
    '–',
  ]);
});
