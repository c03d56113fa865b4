/**
 * Time of London since 1972 as versioned data. In: nothing. Out: the zone of XLON.
 * Source: tz database, file europe, rule sets GB-Eire and EU and zone Europe/London, after the Summer Time Act 1972, the
 * Summer Time Orders under it, and the Summer Time Order 2002 for the rule of the European Union.
 */
import type { ZoneDefinition, ZoneTransition } from '../calendar-definition.ts';

const toSummer = { clock: 'utc', offset: '+01:00' } as const;
const toWinter = { clock: 'utc', offset: '+00:00' } as const;
const lastSundayOfMarch: ZoneTransition = {
  on: { kind: 'lastWeekday', weekday: 'sun', month: 3 },
  at: '01:00',
  ...toSummer,
};

/**
 * Europe/London, right from 1972-01-01. Since 1981 clocks go forward with Europe, on the last Sunday of March. They went
 * back on the Sunday after the fourth Saturday of October until 1989, on its fourth Sunday until 1995, and with Europe,
 * on its last Sunday, since 1996; the three differ where October has five Saturdays or Sundays.
 */
export const londonTime: ZoneDefinition = {
  name: 'Europe/London',
  eras: [
    {
      fromYear: 1972,
      offset: '+00:00',
      transitions: [
        { on: { kind: 'weekdayOnOrAfter', weekday: 'sun', month: 3, day: 16 }, at: '02:00', ...toSummer },
        { on: { kind: 'weekdayOnOrAfter', weekday: 'sun', month: 10, day: 23 }, at: '02:00', ...toWinter },
      ],
    },
    {
      fromYear: 1981,
      offset: '+00:00',
      transitions: [
        lastSundayOfMarch,
        { on: { kind: 'weekdayOnOrAfter', weekday: 'sun', month: 10, day: 23 }, at: '01:00', ...toWinter },
      ],
    },
    {
      fromYear: 1990,
      offset: '+00:00',
      transitions: [
        lastSundayOfMarch,
        { on: { kind: 'weekdayOnOrAfter', weekday: 'sun', month: 10, day: 22 }, at: '01:00', ...toWinter },
      ],
    },
    {
      fromYear: 1996,
      offset: '+00:00',
      transitions: [
        lastSundayOfMarch,
        { on: { kind: 'lastWeekday', weekday: 'sun', month: 10 }, at: '01:00', ...toWinter },
      ],
    },
  ],
};
