/**
 * Markets that a user adds as data and nothing else, and the four that are built in.
 */
import { expect, test } from 'vitest';
import { builtInCalendarNames, calendarNamed, loadCalendar } from './calendar-loader.ts';
import { daysFromCivil } from './civil-date.ts';
import { SessionCalendar } from './session-calendar.ts';

/**
 * Bombay Stock Exchange of 2023 as its user would write it: hours 09:15 to 15:30 at +05:30, its list of holidays, and
 * the hour of Muhurat trading on the Sunday of Diwali. Source: BSE, "Trading holidays 2023", equity segment.
 */
const xbomJson = `{
  "name": "XBOM", "validFrom": "2023-01-01", "validTo": "2023-12-31",
  "zone": { "name": "Asia/Kolkata", "eras": [{ "fromYear": 1946, "offset": "+05:30", "transitions": [] }] },
  "hours": [{ "from": "2023-01-01", "weekdays": ["mon", "tue", "wed", "thu", "fri"], "open": "09:15", "close": "15:30" }],
  "holidays": [
    { "name": "Republic Day", "on": { "kind": "date", "month": 1, "day": 26 } },
    { "name": "Good Friday", "on": { "kind": "easter", "plusDays": -2 } },
    { "name": "Christmas", "on": { "kind": "date", "month": 12, "day": 25 } }
  ],
  "closures": [{ "name": "Holidays of 2023", "dates": [
    "2023-03-07", "2023-03-30", "2023-04-04", "2023-04-14", "2023-05-01", "2023-06-28",
    "2023-08-15", "2023-09-19", "2023-10-02", "2023-10-24", "2023-11-14", "2023-11-27"] }],
  "specialSessions": [{ "name": "Muhurat trading", "dates": ["2023-11-12"], "preOpen": "18:00", "open": "18:15", "close": "19:15" }]
}`;

function loaded(definition: unknown): SessionCalendar {
  const calendar = loadCalendar(definition);
  if (!(calendar instanceof SessionCalendar)) throw new Error(calendar.message);
  return calendar;
}

const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri'];
const hours = { from: '2023-01-01', weekdays, open: '09:15', close: '15:30' };

test('a market at +05:30 is added as JSON alone', () => {
  const xbom = loaded(JSON.parse(xbomJson));
  const day = daysFromCivil(2023, 6, 1);
  const midnight = day * 86_400 - 5.5 * 3_600;
  expect(xbom.dayBounds(day)).toEqual({ startSec: midnight, endSec: midnight + 86_400 });
  const [openSec, closeSec] = [midnight + 9.25 * 3_600, midnight + 15.5 * 3_600];
  expect(xbom.sessionOf(day)).toEqual({ preOpenSec: openSec, openSec, closeSec, postCloseSec: closeSec });
  const sessions = Array.from({ length: 365 }, (_, ahead) => xbom.sessionOf(daysFromCivil(2023, 1, 1) + ahead));
  // 260 weekdays, 15 holidays on them, and one special Sunday.
  expect(sessions.filter((session) => session !== undefined).length).toBe(246);
});

test('a special session has its own hours, though its date is a Sunday', () => {
  const xbom = loaded(JSON.parse(xbomJson));
  const day = daysFromCivil(2023, 11, 12);
  const at = (localHours: number): string => xbom.sessionAt(xbom.utcSecFromLocal(day, localHours * 3_600));
  expect([9.5, 18.1, 18.25, 19.2, 19.25].map(at)).toEqual(['closed', 'pre', 'regular', 'regular', 'closed']);
});

test('the first and the last valid date have sessions, the dates beside them have none', () => {
  const narrow = { validFrom: '2023-06-06', validTo: '2023-06-08' };
  const calendar = loaded({ ...(JSON.parse(xbomJson) as object), ...narrow });
  const days = [5, 6, 7, 8, 9].map((date) => calendar.sessionOf(daysFromCivil(2023, 6, date)) !== undefined);
  expect(days).toEqual([false, true, true, true, false]);
});

test('a rule that holds on some weekdays only is judged by the date after its shift', () => {
  const shifted = { name: 'S', on: { kind: 'date', month: 6, day: 3 }, shift: { sat: -1 } };
  const closes = (onlyOn: readonly string[]): boolean => {
    const calendar = loaded({ ...(JSON.parse(xbomJson) as object), holidays: [{ ...shifted, onlyOn }] });
    return calendar.sessionOf(daysFromCivil(2023, 6, 2)) === undefined;
  };
  expect([closes(['fri']), closes(['sat'])]).toEqual([true, false]);
});

test('hours change with their era', () => {
  const later = {
    from: '2023-07-03',
    weekdays: [...weekdays, 'sat'],
    open: '10:00',
    close: '14:00',
    postClose: '15:00',
  };
  const xbom = loaded({ ...(JSON.parse(xbomJson) as object), hours: [hours, later] });
  const opens = [daysFromCivil(2023, 7, 1), daysFromCivil(2023, 7, 3), daysFromCivil(2023, 7, 8)].map((day) => {
    const session = xbom.sessionOf(day);
    return session === undefined ? undefined : (session.openSec - xbom.dayBounds(day).startSec) / 3_600;
  });
  expect(opens).toEqual([undefined, 10, 10]);
});

test('a zone of the south, whose summer crosses the new year, is data as well', () => {
  const sydney = {
    name: 'Australia/Sydney',
    eras: [
      {
        fromYear: 2008,
        offset: '+11:00',
        transitions: [
          {
            on: { kind: 'nthWeekday', nth: 1, weekday: 'sun', month: 4 },
            at: '03:00',
            clock: 'wall',
            offset: '+10:00',
          },
          {
            on: { kind: 'nthWeekday', nth: 1, weekday: 'sun', month: 10 },
            at: '02:00',
            clock: 'wall',
            offset: '+11:00',
          },
        ],
      },
    ],
  };
  const calendar = loaded({ ...(JSON.parse(xbomJson) as object), zone: sydney });
  const offsets = [
    [1, 15],
    [4, 2],
    [7, 15],
    [10, 1],
    [12, 15],
  ].map(([month = 0, date = 0]) => {
    return calendar.zone.offsetSecAt(daysFromCivil(2023, month, date) * 86_400) / 3_600;
  });
  expect(offsets).toEqual([11, 10, 10, 11, 11]);
});

test('a zone whose clocks go forward at midnight begins that date with the change', () => {
  const cairo = {
    name: 'Africa/Cairo',
    eras: [
      {
        fromYear: 2023,
        offset: '+02:00',
        transitions: [
          { on: { kind: 'lastWeekday', weekday: 'fri', month: 4 }, at: '00:00', clock: 'wall', offset: '+03:00' },
          { on: { kind: 'lastWeekday', weekday: 'thu', month: 10 }, at: '24:00', clock: 'wall', offset: '+02:00' },
        ],
      },
    ],
  };
  const calendar = loaded({ ...(JSON.parse(xbomJson) as object), zone: cairo });
  const [spring, autumn] = [daysFromCivil(2023, 4, 28), daysFromCivil(2023, 10, 26)];
  const hoursOf = (day: number): number => (calendar.dayBounds(day).endSec - calendar.dayBounds(day).startSec) / 3_600;
  expect([spring - 1, spring, autumn, autumn + 1].map(hoursOf)).toEqual([24, 23, 25, 24]);
  const change = spring * 86_400 - 2 * 3_600;
  expect([calendar.tradingDateAt(change - 1), calendar.tradingDateAt(change)]).toEqual([spring - 1, spring]);
});

test('the built-in calendars are four, and each is made once', () => {
  expect(builtInCalendarNames).toEqual(['XNYS', 'XNAS', 'XLON', '24/7']);
  for (const name of builtInCalendarNames) {
    expect(calendarNamed(name)?.name).toBe(name);
    expect(calendarNamed(name)).toBe(calendarNamed(name));
  }
});

test.each(['XTKS', '', 'xnys', 'constructor'])('the name "%s" is not built in', (name) => {
  expect(calendarNamed(name)).toBeUndefined();
});
