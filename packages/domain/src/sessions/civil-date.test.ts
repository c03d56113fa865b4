/**
 * Days, dates and days of the week against known dates, and as inverses of each other over all years in use.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { civilFromDays, dayOfWeek, daysFromCivil, daysInMonth, formatDate, parseDate } from './civil-date.ts';

test('day 0 is 1970-01-01, a Thursday', () => {
  expect(daysFromCivil(1970, 1, 1)).toBe(0);
  expect(civilFromDays(0)).toEqual({ year: 1970, month: 1, day: 1 });
  expect(dayOfWeek(0)).toBe(4);
});

test('known dates have their days', () => {
  expect(daysFromCivil(1969, 12, 31)).toBe(-1);
  expect(daysFromCivil(2000, 3, 1)).toBe(11_017);
  expect(daysFromCivil(1600, 1, 1)).toBe(-135_140);
  expect(civilFromDays(19_782)).toEqual({ year: 2024, month: 2, day: 29 });
});

test('the week turns over at Sunday, also before 1970', () => {
  expect(dayOfWeek(daysFromCivil(2024, 3, 31))).toBe(7);
  expect(dayOfWeek(daysFromCivil(2024, 4, 1))).toBe(1);
  expect(dayOfWeek(daysFromCivil(1969, 7, 20))).toBe(7);
});

test('a century is a leap year only every 400 years', () => {
  expect([1900, 2000, 2023, 2024].map((year) => daysInMonth(year, 2))).toEqual([28, 29, 28, 29]);
  expect(daysFromCivil(1900, 3, 1) - daysFromCivil(1900, 2, 28)).toBe(1);
});

test('every day from 1600 to 2400 is the one after the day before', () => {
  let expected = { year: 1600, month: 1, day: 1 };
  const wrong: number[] = [];
  for (let day = daysFromCivil(1600, 1, 1); day <= daysFromCivil(2400, 12, 31); day += 1) {
    const civil = civilFromDays(day);
    if (civil.year !== expected.year || civil.month !== expected.month || civil.day !== expected.day) wrong.push(day);
    const { year, month, day: dayOfMonth } = expected;
    if (dayOfMonth < daysInMonth(year, month)) expected = { year, month, day: dayOfMonth + 1 };
    else expected = month < 12 ? { year, month: month + 1, day: 1 } : { year: year + 1, month: 1, day: 1 };
  }
  expect(wrong).toEqual([]);
});

test('formatting and parsing are inverses', () => {
  fc.assert(
    fc.property(fc.integer({ min: daysFromCivil(0, 1, 1), max: daysFromCivil(9_999, 12, 31) }), (day) => {
      expect(parseDate(formatDate(day))).toBe(day);
    }),
  );
});

test('a date is written with four, two and two digits', () => {
  expect(formatDate(daysFromCivil(987, 6, 5))).toBe('0987-06-05');
});

test('a day outside the years 0000 to 9999 cannot be written', () => {
  expect(() => formatDate(daysFromCivil(10_000, 1, 1))).toThrow(RangeError);
  expect(() => formatDate(daysFromCivil(-1, 12, 31))).toThrow(RangeError);
  expect(() => formatDate(NaN)).toThrow(RangeError);
});

test.each(['2024-2-03', '20240203', '2024-02-03T00:00', ' 2024-02-03', '', 'today'])(
  'the text "%s" is no date',
  (text) => {
    expect(parseDate(text)).toMatchObject({ code: 'DATE_MALFORMED', text });
  },
);

test.each(['2023-02-29', '2024-13-01', '2024-00-10', '2024-04-31', '2024-04-00'])(
  '%s is not in the calendar',
  (text) => {
    expect(parseDate(text)).toMatchObject({ code: 'DATE_NOT_IN_CALENDAR', text });
  },
);
