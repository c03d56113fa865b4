/**
 * Each kind of yearly date rule against dates of public calendars.
 */
import { expect, test } from 'vitest';
import { formatDate } from './civil-date.ts';
import { dayOfRule, easterSunday } from './date-rule.ts';
import type { DateRule } from './calendar-definition.ts';

function dates(rule: DateRule, years: readonly number[]): string[] {
  return years.map((year) => formatDate(dayOfRule(rule, year)));
}

test('Easter falls where the published tables put it, from its earliest to its latest date', () => {
  // US Census Bureau and US Naval Observatory tables; 1818 is the earliest possible date, 1943 and 2038 the latest.
  const table = [
    '1818-03-22',
    '1943-04-25',
    '1961-04-02',
    '1981-04-19',
    '1990-04-15',
    '1999-04-04',
    '2000-04-23',
    '2008-03-23',
    '2011-04-24',
    '2016-03-27',
    '2019-04-21',
    '2024-03-31',
    '2025-04-20',
    '2026-04-05',
    '2027-03-28',
    '2028-04-16',
    '2038-04-25',
    '2049-04-18',
  ];
  expect(table.map((date) => formatDate(easterSunday(Number(date.slice(0, 4)))))).toEqual(table);
});

test('a fixed date is the same in every year', () => {
  expect(dates({ kind: 'date', month: 7, day: 4 }, [1990, 2024])).toEqual(['1990-07-04', '2024-07-04']);
});

test('the nth weekday counts from a month that begins on it and from one that begins the day after', () => {
  const third = { kind: 'nthWeekday', nth: 3, weekday: 'mon', month: 1 } as const;
  expect(dates(third, [2018, 2019, 2024])).toEqual(['2018-01-15', '2019-01-21', '2024-01-15']);
});

test('the last weekday can be the last day of the month or a week before its end', () => {
  const last = { kind: 'lastWeekday', weekday: 'mon', month: 5 } as const;
  expect(dates(last, [2021, 2022, 2026])).toEqual(['2021-05-31', '2022-05-30', '2026-05-25']);
  const february = { kind: 'lastWeekday', weekday: 'thu', month: 2 } as const;
  expect(dates(february, [2023, 2024])).toEqual(['2023-02-23', '2024-02-29']);
});

test('the weekday on or after a day can be that day', () => {
  const rule = { kind: 'weekdayOnOrAfter', weekday: 'sun', month: 10, day: 23 } as const;
  expect(dates(rule, [1983, 1988, 1989])).toEqual(['1983-10-23', '1988-10-23', '1989-10-29']);
});

test('plusDays moves the answer, over the end of the year too', () => {
  expect(dates({ kind: 'easter', plusDays: -2 }, [2008])).toEqual(['2008-03-21']);
  expect(dates({ kind: 'date', month: 12, day: 31, plusDays: 1 }, [2024])).toEqual(['2025-01-01']);
  expect(dates({ kind: 'nthWeekday', nth: 4, weekday: 'thu', month: 11, plusDays: 1 }, [2024])).toEqual(['2024-11-29']);
});
