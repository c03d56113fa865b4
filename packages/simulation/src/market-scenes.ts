/**
 * Where and when the simulated market plays. In: a seed. Out: a calendar, an instant at which something ends (a session,
 * a date, a rule, summer time) and lengths of bars that suit. Every instant is one at which a bar might be cut wrongly.
 */
import {
  calendarNamed,
  type InstrumentTerms,
  type Interval,
  parseInterval,
  type SessionCalendar,
} from '@tapeline/domain';
import type { Random } from './random.ts';

/** A calendar and an instant near which ticks are made. */
export type Scene = { readonly calendar: SessionCalendar; readonly name: string; readonly instantSec: number };

const scenes: readonly (readonly [calendar: string, instantSec: number, what: string])[] = [
  ['24/7', 1_710_028_800, 'midnight UTC, 2024-03-10'],
  ['24/7', 1_710_054_000, '07:00 UTC, an hour that no calendar cuts'],
  ['XNYS', 1_709_888_400, 'pre-market opens, 2024-03-08 09:00 UTC'],
  ['XNYS', 1_709_890_200, 'an ordinary half hour of the pre-market'],
  ['XNYS', 1_709_908_200, 'the opening, 2024-03-08 14:30 UTC'],
  ['XNYS', 1_709_931_600, 'the close, 2024-03-08 21:00 UTC'],
  ['XNYS', 1_709_946_000, 'post-market ends, 2024-03-09 01:00 UTC'],
  ['XNYS', 1_709_960_400, 'midnight in New York, 2024-03-09 05:00 UTC'],
  ['XNYS', 1_710_054_000, 'summer time begins, 2024-03-10 07:00 UTC'],
  ['XNYS', 1_732_903_200, 'an early close, 2024-11-29 18:00 UTC'],
  ['XNYS', 1_382_328_000, 'the odd lot gets its code: 2013-10-21 04:00 UTC'],
  ['XNAS', 1_437_969_600, 'the contingent trade gets its code: 2015-07-27 04:00 UTC'],
  ['XLON', 1_709_884_800, 'London opens, 2024-03-08 08:00 UTC'],
];

/**
 * Names of intervals, and the finest bars that the fold keeps for them: where no interval serves all coarser ones, the
 * fold keeps a minute, or a second, that nobody asked for.
 */
export type DrawnIntervals = { readonly names: readonly string[]; readonly finest: string };

const intervalSets: readonly DrawnIntervals[] = [
  { names: ['1s', '5s', '1m', '5m', '15m', '1h', '1d'], finest: '1s' },
  { names: ['1s', '5s', '1m'], finest: '1s' },
  { names: ['1s', '1m', '45m', '2h', '1d'], finest: '1s' },
  { names: ['1s'], finest: '1s' },
  { names: ['5s', '1m', '7m', '1h'], finest: '5s' },
  { names: ['4s', '6s', '1m'], finest: '1s' },
  { names: ['1m', '5m', '45m', '1d'], finest: '1m' },
  { names: ['15m', '45m'], finest: '1m' },
  { names: ['30s', '90m', '1d'], finest: '30s' },
  { names: ['2h', '1d'], finest: '1m' },
  { names: ['45m'], finest: '45m' },
  { names: ['1d'], finest: '1d' },
];

/** One scene of the list. */
export function drawScene(random: Random): Scene {
  const [name, instantSec] = random.choice(scenes);
  const calendar = calendarNamed(name);
  if (calendar === undefined) throw new RangeError(`there is no calendar '${name}'`);
  return { calendar, name, instantSec };
}

/** Lengths of bars, from a second to a day; with and without lengths that are anchored at the session. */
export function drawIntervals(random: Random): DrawnIntervals {
  return random.choice(intervalSets);
}

/** The interval with that name. Throws `RangeError` where it does not exist. */
export function intervalNamed(name: string): Interval {
  const interval = parseInterval(name);
  if ('code' in interval) throw new RangeError(interval.message);
  return interval;
}

/** Terms of an instrument on that calendar. */
export function drawTerms(random: Random, calendar: string): InstrumentTerms {
  const [priceExponent, sizeExponent] = random.choice([
    [-2, 0],
    [-9, 0],
    [-8, -8],
  ] as const);
  return { priceExponent, sizeExponent, calendar, currency: 'USD', tickSize: 1 };
}
