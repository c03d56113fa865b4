/**
 * Time of New York since 1967 as versioned data. In: nothing. Out: the zone of XNYS and XNAS.
 * Source: tz database, file northamerica, rule set US and zone America/New_York, after the Uniform Time Act of 1966, its
 * changes of 1974 and 1975, Public Law 99-359 (from 1987) and the Energy Policy Act of 2005 (from 2007).
 */
import type { ZoneDefinition, ZoneTransition } from '../calendar-definition.ts';

const toDaylight = { at: '02:00', clock: 'wall', offset: '-04:00' } as const;
const toStandard = { at: '02:00', clock: 'wall', offset: '-05:00' } as const;
const lastSundayOfApril: ZoneTransition = { on: { kind: 'lastWeekday', weekday: 'sun', month: 4 }, ...toDaylight };
const lastSundayOfOctober: ZoneTransition = { on: { kind: 'lastWeekday', weekday: 'sun', month: 10 }, ...toStandard };

/**
 * America/New_York, right from 1967-01-01. Clocks go forward on the last Sunday of April until 1986, the first until 2006
 * and the second of March since; they went back on the last Sunday of October until 2006, the first of November since.
 */
export const newYorkTime: ZoneDefinition = {
  name: 'America/New_York',
  eras: [
    { fromYear: 1967, offset: '-05:00', transitions: [lastSundayOfApril, lastSundayOfOctober] },
    {
      fromYear: 1974,
      offset: '-05:00',
      transitions: [{ on: { kind: 'date', month: 1, day: 6 }, ...toDaylight }, lastSundayOfOctober],
    },
    {
      fromYear: 1975,
      offset: '-05:00',
      transitions: [{ on: { kind: 'lastWeekday', weekday: 'sun', month: 2 }, ...toDaylight }, lastSundayOfOctober],
    },
    { fromYear: 1976, offset: '-05:00', transitions: [lastSundayOfApril, lastSundayOfOctober] },
    {
      fromYear: 1987,
      offset: '-05:00',
      transitions: [
        { on: { kind: 'nthWeekday', nth: 1, weekday: 'sun', month: 4 }, ...toDaylight },
        lastSundayOfOctober,
      ],
    },
    {
      fromYear: 2007,
      offset: '-05:00',
      transitions: [
        { on: { kind: 'nthWeekday', nth: 2, weekday: 'sun', month: 3 }, ...toDaylight },
        { on: { kind: 'nthWeekday', nth: 1, weekday: 'sun', month: 11 }, ...toStandard },
      ],
    },
  ],
};
