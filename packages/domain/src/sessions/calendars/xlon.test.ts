/**
 * The rules of XLON, one by one, against the bank holidays of England and the exchange's half days.
 */
import { expect, test } from 'vitest';
import { calendarNamed } from '../calendar-loader.ts';
import { formatDate, parseDate } from '../civil-date.ts';
import type { SessionCalendar } from '../session-calendar.ts';

function calendar(): SessionCalendar {
  const found = calendarNamed('XLON');
  if (found === undefined) throw new Error('no calendar XLON');
  return found;
}

const xlon = calendar();

function dayOf(date: string): number {
  const day = parseDate(date);
  if (typeof day !== 'number') throw new Error(day.message);
  return day;
}

/** Weekdays of a year without a session, as `MM-DD`. */
function closedWeekdays(year: number): string {
  const closed: string[] = [];
  for (let day = dayOf(`${year}-01-01`); day <= dayOf(`${year}-12-31`); day += 1) {
    const isWeekend = (((day + 3) % 7) + 7) % 7 >= 5;
    if (!isWeekend && xlon.sessionOf(day) === undefined) closed.push(formatDate(day).slice(5));
  }
  return closed.join(' ');
}

/** Dates of a year whose session does not end at 16:30, as `MM-DD`, with the hour unless that is 12:30. */
function halfDays(year: number): string {
  const half: string[] = [];
  for (let day = dayOf(`${year}-01-01`); day <= dayOf(`${year}-12-31`); day += 1) {
    const session = xlon.sessionOf(day);
    if (session === undefined || session.closeSec === xlon.utcSecFromLocal(day, 16.5 * 3_600)) continue;
    const hour = (session.closeSec - xlon.dayBounds(day).startSec) / 3_600;
    half.push(formatDate(day).slice(5) + (hour === 12.5 ? '' : ` at ${hour} h`));
  }
  return half.join(' ');
}

test('hours are 08:00 to 16:30 of London, without pre or post session, in winter and in summer', () => {
  const winter = dayOf('2024-01-15') * 86_400;
  const summer = dayOf('2024-07-15') * 86_400;
  const [open, close] = [8 * 3_600, 16.5 * 3_600];
  expect(xlon.sessionOf(dayOf('2024-01-15'))).toEqual({
    preOpenSec: winter + open,
    openSec: winter + open,
    closeSec: winter + close,
    postCloseSec: winter + close,
  });
  expect(xlon.sessionOf(dayOf('2024-07-15'))?.openSec).toBe(summer + open - 3_600);
});

test('before 08:00 and after 16:30 the market is closed', () => {
  const at = (hours: number): string => xlon.sessionAt(xlon.utcSecFromLocal(dayOf('2024-07-15'), hours * 3_600));
  expect([7.9, 8, 16.49, 16.5, 16.6].map(at)).toEqual(['closed', 'regular', 'regular', 'closed', 'closed']);
});

// gov.uk, "UK bank holidays", England and Wales; earlier years from The Gazette.
test.each([
  [1995, 'the early May holiday moved to VE Day', '01-02 04-14 04-17 05-08 05-29 08-28 12-25 12-26'],
  [1999, 'the eve of 2000', '01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28 12-31'],
  [2002, 'the golden jubilee', '01-01 03-29 04-01 05-06 06-03 06-04 08-26 12-25 12-26'],
  [2011, 'the royal wedding', '01-03 04-22 04-25 04-29 05-02 05-30 08-29 12-26 12-27'],
  [2012, 'the diamond jubilee', '01-02 04-06 04-09 05-07 06-04 06-05 08-27 12-25 12-26'],
  [2020, 'the early May holiday moved to a Friday', '01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28'],
  [
    2022,
    'the platinum jubilee and the funeral of the Queen',
    '01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27',
  ],
  [2023, 'the coronation', '01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26'],
  [2024, 'nothing special', '01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26'],
  [2025, 'nothing special', '01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26'],
  [2026, 'Boxing Day on a Saturday', '01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28'],
  [2027, 'Christmas on a Saturday', '01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28'],
  [2035, 'nothing special, by the rules', '01-01 03-23 03-26 05-07 05-28 08-27 12-25 12-26'],
])('%i, with %s, has the bank holidays of England', (year, _why, closed) => {
  expect(closedWeekdays(year)).toBe(closed);
});

test('Christmas on a Sunday is observed on Tuesday, because Monday is Boxing Day', () => {
  expect(closedWeekdays(2033)).toContain('12-26 12-27');
  expect(closedWeekdays(1994)).toContain('12-26 12-27');
});

test('New Year on a Saturday or Sunday is observed on Monday', () => {
  expect([closedWeekdays(2028), closedWeekdays(2034)].map((days) => days.slice(0, 5))).toEqual(['01-03', '01-02']);
});

test('the last working days before Christmas and of the year end at 12:30', () => {
  expect(halfDays(2024)).toBe('12-24 12-31');
  expect(halfDays(2035)).toBe('12-24 12-31');
});

test('half days that fall on a weekend are moved to the Friday before', () => {
  expect(halfDays(2022)).toBe('12-23 12-30');
  expect(halfDays(2023)).toBe('12-22 12-29');
});

test('a half day that is a holiday is no session', () => {
  expect(halfDays(1999)).toBe('12-24');
});
