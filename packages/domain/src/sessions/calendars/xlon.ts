/**
 * London Stock Exchange since 1990 as data: hours of continuous trading, holidays of England, half days. In: nothing.
 * Sources: London Stock Exchange, "Business days" (half days end from 12:30) and Notice N47/99 (opening at 08:00 from
 * 1999-09-20); Banking and Financial Dealings Act 1971 with its proclamations in The Gazette; gov.uk, "UK bank holidays".
 */
import type { CalendarDefinition } from '../calendar-definition.ts';
import { londonTime } from './london-time.ts';

const toFridayBefore = { sat: -1, sun: -2 } as const;

/**
 * XLON: as announced until 2027, later by the rules in force. It has no pre or post session: before 08:00 and after 16:30
 * there are only auctions, crossings and trade reports, which are out of scope, so those times are `closed`. Before
 * 1999-09-20 the exchange opened later (09:00 in that year); the calendar keeps 08:00 for all years, as the reference
 * data that the tests compare with does.
 */
export const xlon: CalendarDefinition = {
  name: 'XLON',
  validFrom: '1990-01-01',
  validTo: '2060-12-31',
  zone: londonTime,
  hours: [{ from: '1990-01-01', weekdays: ['mon', 'tue', 'wed', 'thu', 'fri'], open: '08:00', close: '16:30' }],
  holidays: [
    { name: "New Year's Day", on: { kind: 'date', month: 1, day: 1 }, shift: { sat: 2, sun: 1 } },
    { name: 'Good Friday', on: { kind: 'easter', plusDays: -2 } },
    { name: 'Easter Monday', on: { kind: 'easter', plusDays: 1 } },
    {
      name: 'Early May bank holiday',
      on: { kind: 'nthWeekday', nth: 1, weekday: 'mon', month: 5 },
      exceptYears: [1995, 2020],
    },
    {
      name: 'Spring bank holiday',
      on: { kind: 'lastWeekday', weekday: 'mon', month: 5 },
      exceptYears: [2002, 2012, 2022],
    },
    { name: 'Summer bank holiday', on: { kind: 'lastWeekday', weekday: 'mon', month: 8 } },
    // On a Sunday its substitute is the Tuesday, because the Monday is Boxing Day.
    { name: 'Christmas Day', on: { kind: 'date', month: 12, day: 25 }, shift: { sat: 2, sun: 2 } },
    { name: 'Boxing Day', on: { kind: 'date', month: 12, day: 26 }, shift: { sat: 2, sun: 2 } },
  ],
  closures: [
    { name: 'Early May bank holiday, moved to the anniversary of VE Day', dates: ['1995-05-08', '2020-05-08'] },
    { name: 'Spring bank holiday, moved to a jubilee', dates: ['2002-06-04', '2012-06-04', '2022-06-02'] },
    { name: 'Jubilee of the Queen', dates: ['2002-06-03', '2012-06-05', '2022-06-03'] },
    { name: 'Eve of the year 2000', dates: ['1999-12-31'] },
    { name: 'Wedding of Prince William and Catherine Middleton', dates: ['2011-04-29'] },
    { name: 'Funeral of Queen Elizabeth II', dates: ['2022-09-19'] },
    { name: 'Coronation of King Charles III', dates: ['2023-05-08'] },
  ],
  earlyCloses: [
    {
      name: 'Last working day before Christmas',
      on: { kind: 'date', month: 12, day: 24 },
      shift: toFridayBefore,
      close: '12:30',
    },
    {
      name: 'Last working day of the year',
      on: { kind: 'date', month: 12, day: 31 },
      shift: toFridayBefore,
      close: '12:30',
    },
  ],
};
