/**
 * The rules of XNYS, one by one, against the dates that the exchange announced or that are on record.
 */
import { expect, test } from 'vitest';
import { calendarNamed } from '../calendar-loader.ts';
import { formatDate, parseDate } from '../civil-date.ts';
import type { SessionCalendar } from '../session-calendar.ts';

function calendar(name: string): SessionCalendar {
  const found = calendarNamed(name);
  if (found === undefined) throw new Error(`no calendar ${name}`);
  return found;
}

const xnys = calendar('XNYS');

function dayOf(date: string): number {
  const day = parseDate(date);
  if (typeof day !== 'number') throw new Error(day.message);
  return day;
}

/** Local times of the four bounds, such as `04:00 09:30 16:00 20:00`, or `closed`. */
function hoursOn(date: string): string {
  const day = dayOf(date);
  const session = xnys.sessionOf(day);
  if (session === undefined) return 'closed';
  const { preOpenSec, openSec, closeSec, postCloseSec } = session;
  const local = (sec: number): string => {
    const minutes = (sec + xnys.zone.offsetSecAt(sec)) / 60 - day * 1_440;
    return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  };
  return [preOpenSec, openSec, closeSec, postCloseSec].map(local).join(' ');
}

/** Weekdays of a year without a session, as `MM-DD`. */
function closedWeekdays(year: number): string[] {
  const closed: string[] = [];
  for (let day = dayOf(`${year}-01-01`); day <= dayOf(`${year}-12-31`); day += 1) {
    const isWeekend = (((day + 3) % 7) + 7) % 7 >= 5;
    if (!isWeekend && xnys.sessionOf(day) === undefined) closed.push(formatDate(day).slice(5));
  }
  return closed;
}

function earlyCloses(year: number): string[] {
  const early: string[] = [];
  for (let day = dayOf(`${year}-01-01`); day <= dayOf(`${year}-12-31`); day += 1) {
    const hours = hoursOn(formatDate(day));
    if (hours !== 'closed' && hours !== full) early.push(`${formatDate(day).slice(5)} ${hours.slice(12, 17)}`);
  }
  return early;
}

const full = '04:00 09:30 16:00 20:00';
const half = '04:00 09:30 13:00 17:00';

test('a full day has a pre-market from 04:00, regular hours 09:30 to 16:00 and a post-market to 20:00', () => {
  expect(hoursOn('2024-03-08')).toBe(full);
  expect(hoursOn('1990-01-02')).toBe(full);
});

test('on a day of early close the post-market runs from the close to 17:00', () => {
  expect(hoursOn('2024-11-29')).toBe(half);
  expect(hoursOn('1992-11-27')).toBe('04:00 09:30 14:00 17:00');
});

test('regular hours are an hour earlier in UTC while New York has daylight saving time', () => {
  const opens = ['2024-03-08', '2024-03-11', '2024-11-01', '2024-11-04'].map(
    (date) => xnys.sessionOf(dayOf(date))?.openSec,
  );
  const atUtc = (date: string, hours: number): number => dayOf(date) * 86_400 + hours * 3_600;
  expect(opens).toEqual([
    atUtc('2024-03-08', 14.5),
    atUtc('2024-03-11', 13.5),
    atUtc('2024-11-01', 13.5),
    atUtc('2024-11-04', 14.5),
  ]);
});

test('weekends have no session', () => {
  expect(hoursOn('2024-03-09')).toBe('closed');
  expect(hoursOn('2024-03-10')).toBe('closed');
});

// "NYSE Group announces 2026, 2027 and 2028 holiday and early closings calendar", 2025-12-23, and that of 2024-11-08.
test.each([
  [2025, '01-01 01-09 01-20 02-17 04-18 05-26 06-19 07-04 09-01 11-27 12-25', '07-03 13:00, 11-28 13:00, 12-24 13:00'],
  [2026, '01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 11-26 12-25', '11-27 13:00, 12-24 13:00'],
  [2027, '01-01 01-18 02-15 03-26 05-31 06-18 07-05 09-06 11-25 12-24', '11-26 13:00'],
  [2028, '01-17 02-21 04-14 05-29 06-19 07-04 09-04 11-23 12-25', '07-03 13:00, 11-24 13:00'],
])('%i has the closed days and early closes that were announced', (year, closed, early) => {
  expect(closedWeekdays(year).join(' ')).toBe(closed);
  expect(earlyCloses(year).join(', ')).toBe(early);
});

test('2035 follows from the rules', () => {
  expect(closedWeekdays(2035).join(' ')).toBe('01-01 01-15 02-19 03-23 05-28 06-19 07-04 09-03 11-22 12-25');
  expect(earlyCloses(2035).join(', ')).toBe('07-03 13:00, 11-23 13:00, 12-24 13:00');
});

test('Good Friday is closed though no federal holiday', () => {
  expect(['2008-03-21', '2011-04-22', '2024-03-29'].map(hoursOn)).toEqual(['closed', 'closed', 'closed']);
});

test('Christmas on a Saturday is observed on Friday, on a Sunday on Monday', () => {
  expect([hoursOn('2010-12-24'), hoursOn('2010-12-27')]).toEqual(['closed', full]);
  expect([hoursOn('2022-12-23'), hoursOn('2022-12-26')]).toEqual([full, 'closed']);
});

test('New Year on a Saturday is not observed, because the Friday ends the year; on a Sunday it is on Monday', () => {
  expect(['1993-12-31', '1999-12-31', '2004-12-31', '2010-12-31', '2021-12-31'].map(hoursOn)).toEqual([
    full,
    half,
    full,
    full,
    full,
  ]);
  expect(hoursOn('2022-01-03')).toBe(full);
  expect([hoursOn('2016-12-30'), hoursOn('2017-01-02')]).toEqual([full, 'closed']);
});

test('Independence Day on a Saturday is observed on Friday, without an early close before it', () => {
  expect(['2015-07-02', '2015-07-03', '2020-07-02', '2020-07-03'].map(hoursOn)).toEqual([
    full,
    'closed',
    full,
    'closed',
  ]);
});

test('the short day beside a Thursday Independence Day was the Friday until 2012 and is the Wednesday since', () => {
  expect(['1996-07-03', '1996-07-05', '2002-07-03', '2002-07-05'].map(hoursOn)).toEqual([full, half, full, half]);
  expect(['2013-07-03', '2013-07-05', '2019-07-03', '2019-07-05'].map(hoursOn)).toEqual([half, full, half, full]);
});

test('there was no early close before Independence Day until 1995', () => {
  expect([hoursOn('1990-07-03'), hoursOn('1995-07-03')]).toEqual([full, half]);
});

test('Martin Luther King Day is a holiday from 1998', () => {
  expect([hoursOn('1997-01-20'), hoursOn('1998-01-19')]).toEqual([full, 'closed']);
});

test('Juneteenth is a holiday from 2022', () => {
  expect(['2020-06-19', '2021-06-18', '2022-06-20', '2023-06-19'].map(hoursOn)).toEqual([
    full,
    full,
    'closed',
    'closed',
  ]);
});

test('the Friday after Thanksgiving is full until 1991, short since, at 14:00 in its first year', () => {
  expect(['1991-11-29', '1992-11-27', '1993-11-26'].map((date) => hoursOn(date).slice(12, 17))).toEqual([
    '16:00',
    '14:00',
    '13:00',
  ]);
});

test('the Friday after a Thursday Christmas was short in 1997 and 2003 only', () => {
  expect(['1997-12-26', '2003-12-26', '2008-12-26', '2014-12-26'].map(hoursOn)).toEqual([half, half, full, full]);
});

test('Christmas Eve closes at 14:00 until 1992 and at 13:00 since', () => {
  expect(['1990-12-24', '1992-12-24', '1996-12-24', '2025-12-24'].map((date) => hoursOn(date).slice(12, 17))).toEqual([
    '14:00',
    '14:00',
    '13:00',
    '13:00',
  ]);
});

test.each([
  ['the funeral of Richard Nixon', ['1994-04-27']],
  ['the attacks of 11 September', ['2001-09-11', '2001-09-12', '2001-09-13', '2001-09-14']],
  ['the mourning for Ronald Reagan', ['2004-06-11']],
  ['the mourning for Gerald Ford', ['2007-01-02']],
  ['hurricane Sandy', ['2012-10-29', '2012-10-30']],
  ['the mourning for George H. W. Bush', ['2018-12-05']],
  ['the mourning for Jimmy Carter', ['2025-01-09']],
])('the exchange was closed for %s, and open the day before and after', (_name, closedDates) => {
  expect(closedDates.map(hoursOn)).toEqual(closedDates.map(() => 'closed'));
  const first = dayOf(closedDates[0] ?? '');
  const last = dayOf(closedDates.at(-1) ?? '');
  const nextSession = [1, 2, 3].find((ahead) => xnys.sessionOf(last + ahead) !== undefined);
  const sessionBefore = [1, 2, 3, 4].find((back) => xnys.sessionOf(first - back) !== undefined);
  expect([nextSession, sessionBefore]).not.toContain(undefined);
});

test('XNAS has the sessions of XNYS on every valid date, under its own name', () => {
  const xnas = calendar('XNAS');
  expect(xnas.name).toBe('XNAS');
  const different: string[] = [];
  for (let day = xnys.validFromDay; day <= xnys.validToDay; day += 1) {
    const [nasdaq, nyse] = [xnas.sessionOf(day), xnys.sessionOf(day)];
    if (JSON.stringify(nasdaq) !== JSON.stringify(nyse)) different.push(formatDate(day));
  }
  expect(different).toEqual([]);
});

test('outside the valid dates there is no session', () => {
  expect(['1989-12-29', '2061-01-03'].map(hoursOn)).toEqual(['closed', 'closed']);
  expect(hoursOn('2060-12-31')).toBe(full);
});
