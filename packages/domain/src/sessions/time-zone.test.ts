/**
 * The zones' changes of clocks against the published dates and against the platform's own zone data, which the domain
 * itself must not use; and what wall-clock times mean where clocks skip them or show them twice.
 */
import { expect, test } from 'vitest';
import { calendarNamed } from './calendar-loader.ts';
import { daysFromCivil, parseDate } from './civil-date.ts';
import { secPerDay } from './time-zone.ts';
import type { TimeZone } from './time-zone.ts';

const hour = 3_600;

function zoneOf(calendar: string): TimeZone {
  const zone = calendarNamed(calendar)?.zone;
  if (zone === undefined) throw new Error(`no calendar ${calendar}`);
  return zone;
}

/** Seconds of a time such as `2024-03-10 07:00` in UTC. */
function utc(text: string): number {
  const day = parseDate(text.slice(0, 10));
  if (typeof day !== 'number') throw new Error(day.message);
  return day * secPerDay + Number(text.slice(11, 13)) * hour + Number(text.slice(14, 16)) * 60;
}

function changesOf(calendar: string, year: number): string[] {
  const inYear = zoneOf(calendar).changes.filter(({ atSec }) => new Date(atSec * 1_000).getUTCFullYear() === year);
  return inYear.map(({ atSec }) => new Date(atSec * 1_000).toISOString().slice(0, 16).replace('T', ' '));
}

test.each([
  [1973, '1973-04-29 07:00', '1973-10-28 06:00'],
  [1974, '1974-01-06 07:00', '1974-10-27 06:00'],
  [1975, '1975-02-23 07:00', '1975-10-26 06:00'],
  [1986, '1986-04-27 07:00', '1986-10-26 06:00'],
  [1987, '1987-04-05 07:00', '1987-10-25 06:00'],
  [2006, '2006-04-02 07:00', '2006-10-29 06:00'],
  [2007, '2007-03-11 07:00', '2007-11-04 06:00'],
  [2024, '2024-03-10 07:00', '2024-11-03 06:00'],
])('New York changes its clocks of %i at 02:00 by its own clock, at %s and %s UTC', (year, spring, autumn) => {
  expect(changesOf('XNYS', year)).toEqual([spring, autumn]);
});

test.each([
  [1980, '1980-03-16 02:00', '1980-10-26 02:00'],
  [1981, '1981-03-29 01:00', '1981-10-25 01:00'],
  [1989, '1989-03-26 01:00', '1989-10-29 01:00'],
  [1990, '1990-03-25 01:00', '1990-10-28 01:00'],
  [1994, '1994-03-27 01:00', '1994-10-23 01:00'],
  [1995, '1995-03-26 01:00', '1995-10-22 01:00'],
  [1996, '1996-03-31 01:00', '1996-10-27 01:00'],
  [2000, '2000-03-26 01:00', '2000-10-29 01:00'],
  [2024, '2024-03-31 01:00', '2024-10-27 01:00'],
])('London changes its clocks of %i at %s and %s UTC', (year, spring, autumn) => {
  expect(changesOf('XLON', year)).toEqual([spring, autumn]);
});

test.each([
  ['XNYS', 'America/New_York', 1967],
  ['XLON', 'Europe/London', 1972],
])('every noon and every change of clocks of %s agrees with the platform about %s', (calendar, name, yearFirst) => {
  const zone = zoneOf(calendar);
  const format = new Intl.DateTimeFormat('en-GB', { timeZone: name, timeZoneName: 'longOffset' });
  const platformOffsetSec = (epochSec: number): number => {
    const text = format.formatToParts(epochSec * 1_000).find((part) => part.type === 'timeZoneName')?.value ?? '';
    const [, sign = '+', hours = '0', minutes = '0'] = /^GMT(?:([+-])(\d{2}):(\d{2}))?$/.exec(text) ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours) * hour + Number(minutes) * 60);
  };
  // Platforms differ about the years ahead, once a law changes; the past is settled.
  const [from, to] = [daysFromCivil(yearFirst, 1, 2) * secPerDay, daysFromCivil(2025, 1, 1) * secPerDay];
  const wrong: number[] = [];
  const check = (epochSec: number): void => {
    if (zone.offsetSecAt(epochSec) !== platformOffsetSec(epochSec)) wrong.push(epochSec);
  };
  for (let noon = from + secPerDay / 2; noon < to; noon += secPerDay) check(noon);
  for (const { atSec } of zone.changes) {
    if (atSec < to) [atSec - 1, atSec].forEach(check);
  }
  expect(wrong).toEqual([]);
});

test('the second of the change already has the new offset', () => {
  const zone = zoneOf('XNYS');
  const change = utc('2024-03-10 07:00');
  expect([zone.offsetSecAt(change - 1), zone.offsetSecAt(change)]).toEqual([-5 * hour, -4 * hour]);
});

test('the offset does not depend on the time asked for before', () => {
  const zone = zoneOf('XLON');
  const times = ['2024-01-15 12:00', '2024-07-15 12:00', '1990-01-15 12:00', '2024-07-15 12:00', '2060-12-31 12:00'];
  expect(times.map((time) => zone.offsetSecAt(utc(time)))).toEqual([0, hour, 0, hour, 0]);
});

test('a wall-clock time that clocks skip means the instant of the change', () => {
  const zone = zoneOf('XNYS');
  const day = daysFromCivil(2024, 3, 10);
  const change = utc('2024-03-10 07:00');
  const answers = [1.5, 2, 2.5, 3, 3.5].map((hours) => zone.utcSecFromLocal(day, hours * hour) - change);
  expect(answers).toEqual([-0.5 * hour, 0, 0, 0, 0.5 * hour]);
});

test('a wall-clock time that clocks show twice means the first', () => {
  const zone = zoneOf('XNYS');
  const day = daysFromCivil(2024, 11, 3);
  const change = utc('2024-11-03 06:00');
  const answers = [0.5, 1, 1.5, 2, 2.5].map((hours) => zone.utcSecFromLocal(day, hours * hour) - change);
  expect(answers).toEqual([-1.5 * hour, -hour, -0.5 * hour, hour, 1.5 * hour]);
});

test('before the first era the zone keeps its first offset, after the last laid-out year its last', () => {
  const zone = zoneOf('XNYS');
  expect(zone.offsetSecAt(utc('1900-07-01 12:00'))).toBe(-5 * hour);
  expect(zone.offsetSecAt(utc('2200-07-01 12:00'))).toBe(-5 * hour);
  expect(zone.utcSecFromLocal(daysFromCivil(1900, 7, 1), 0)).toBe(utc('1900-07-01 05:00'));
});
