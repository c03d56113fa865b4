/**
 * New York Stock Exchange since 1990 as data: scheduled hours, holidays, closures and early closes. In: nothing.
 * Sources: NYSE Rule 7.2, formerly 51 (holidays, weekends; Juneteenth by its amendment of 2021-09, Federal Register vol.
 * 86 no. 190); "NYSE Group announces 2026, 2027 and 2028 holiday and early closings calendar" (2025-12-23) and the
 * announcements before it; the exchange's own list of special closings.
 */
import type { CalendarDefinition } from '../calendar-definition.ts';
import { newYorkTime } from './new-york-time.ts';

const toFridayOrMonday = { sat: -1, sun: 1 } as const;
const closesAtOne = { close: '13:00', postClose: '17:00' } as const;
const closesAtTwo = { close: '14:00', postClose: '17:00' } as const;

/**
 * XNYS: as announced until 2028, from 2029 by the rules in force. Regular hours are those since 1985-09-30. Halts, late
 * opens and closes decided in the course of a day (such as 1996-01-08, 1997-10-27, 2001-09-17) are no part of the
 * schedule. The extended hours are today's for all years; before 1999 hardly anyone traded in them.
 */
export const xnys: CalendarDefinition = {
  name: 'XNYS',
  validFrom: '1990-01-01',
  validTo: '2060-12-31',
  zone: newYorkTime,
  hours: [
    {
      from: '1990-01-01',
      weekdays: ['mon', 'tue', 'wed', 'thu', 'fri'],
      preOpen: '04:00',
      open: '09:30',
      close: '16:00',
      postClose: '20:00',
    },
  ],
  holidays: [
    // No Friday for a Saturday: 31 December ends an accounting period, so Rule 7.2 keeps the exchange open.
    { name: "New Year's Day", on: { kind: 'date', month: 1, day: 1 }, shift: { sun: 1 } },
    {
      name: 'Martin Luther King, Jr. Day',
      on: { kind: 'nthWeekday', nth: 3, weekday: 'mon', month: 1 },
      fromYear: 1998,
    },
    { name: "Washington's Birthday", on: { kind: 'nthWeekday', nth: 3, weekday: 'mon', month: 2 } },
    { name: 'Good Friday', on: { kind: 'easter', plusDays: -2 } },
    { name: 'Memorial Day', on: { kind: 'lastWeekday', weekday: 'mon', month: 5 } },
    {
      name: 'Juneteenth National Independence Day',
      on: { kind: 'date', month: 6, day: 19 },
      fromYear: 2022,
      shift: toFridayOrMonday,
    },
    { name: 'Independence Day', on: { kind: 'date', month: 7, day: 4 }, shift: toFridayOrMonday },
    { name: 'Labor Day', on: { kind: 'nthWeekday', nth: 1, weekday: 'mon', month: 9 } },
    { name: 'Thanksgiving Day', on: { kind: 'nthWeekday', nth: 4, weekday: 'thu', month: 11 } },
    { name: 'Christmas Day', on: { kind: 'date', month: 12, day: 25 }, shift: toFridayOrMonday },
  ],
  closures: [
    { name: 'Funeral of former President Nixon', dates: ['1994-04-27'] },
    { name: 'Attacks of 11 September', dates: ['2001-09-11', '2001-09-12', '2001-09-13', '2001-09-14'] },
    { name: 'National day of mourning for former President Reagan', dates: ['2004-06-11'] },
    { name: 'National day of mourning for former President Ford', dates: ['2007-01-02'] },
    { name: 'Hurricane Sandy', dates: ['2012-10-29', '2012-10-30'] },
    { name: 'National day of mourning for former President G. H. W. Bush', dates: ['2018-12-05'] },
    { name: 'National day of mourning for former President Carter', dates: ['2025-01-09'] },
  ],
  earlyCloses: [
    {
      name: 'Day before Independence Day',
      on: { kind: 'date', month: 7, day: 3 },
      fromYear: 1995,
      toYear: 2012,
      onlyOn: ['mon', 'tue', 'thu'],
      ...closesAtOne,
    },
    // Until 2012 the Friday after a Thursday holiday was the short day, since 2013 it is the Wednesday before.
    {
      name: 'Friday after Independence Day',
      on: { kind: 'date', month: 7, day: 5 },
      fromYear: 1995,
      toYear: 2012,
      onlyOn: ['fri'],
      ...closesAtOne,
    },
    {
      name: 'Day before Independence Day',
      on: { kind: 'date', month: 7, day: 3 },
      fromYear: 2013,
      onlyOn: ['mon', 'tue', 'wed', 'thu'],
      ...closesAtOne,
    },
    {
      name: 'Day after Thanksgiving',
      on: { kind: 'nthWeekday', nth: 4, weekday: 'thu', month: 11, plusDays: 1 },
      fromYear: 1992,
      toYear: 1992,
      ...closesAtTwo,
    },
    {
      name: 'Day after Thanksgiving',
      on: { kind: 'nthWeekday', nth: 4, weekday: 'thu', month: 11, plusDays: 1 },
      fromYear: 1993,
      ...closesAtOne,
    },
    {
      name: 'Christmas Eve',
      on: { kind: 'date', month: 12, day: 24 },
      fromYear: 1990,
      toYear: 1992,
      ...closesAtTwo,
    },
    { name: 'Christmas Eve', on: { kind: 'date', month: 12, day: 24 }, fromYear: 1993, ...closesAtOne },
  ],
  oneOffEarlyCloses: [
    { name: 'Friday after Christmas', dates: ['1997-12-26', '2003-12-26'], ...closesAtOne },
    { name: 'Eve of the year 2000', dates: ['1999-12-31'], ...closesAtOne },
  ],
};
