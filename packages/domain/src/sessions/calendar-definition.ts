/**
 * A session calendar as data. In: nothing. Out: the types of the plain object that a person writes, in a file of
 * calendars/ or as JSON. Nothing here is code: a new market needs a new object and no new function. The loader
 * (calendar-loader.ts) checks every field; what is written here of limits is what it refuses.
 */

/** Days of the week in the order of ISO 8601, Monday first. */
export const weekdayNames = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
/** One day of the week. */
export type WeekdayName = (typeof weekdayNames)[number];

/** A date as `YYYY-MM-DD`. */
export type DateText = string;
/** Wall-clock time as `HH:MM`, 00:00 to 24:00. */
export type TimeText = string;
/** What a zone adds to UTC, as `+HH:MM` or `-HH:MM`, within 14 hours and a multiple of 15 minutes. */
export type OffsetText = string;

/** A day that comes once in every year; `plusDays` (-366 to 366) moves the answer, over the end of a year too. */
export type DateRule =
  | { readonly kind: 'date'; readonly month: number; readonly day: number; readonly plusDays?: number }
  /** The first to fourth such weekday of the month. */
  | {
      readonly kind: 'nthWeekday';
      readonly nth: number;
      readonly weekday: WeekdayName;
      readonly month: number;
      readonly plusDays?: number;
    }
  | { readonly kind: 'lastWeekday'; readonly weekday: WeekdayName; readonly month: number; readonly plusDays?: number }
  /** The first such weekday that is not before the day of the month. */
  | {
      readonly kind: 'weekdayOnOrAfter';
      readonly weekday: WeekdayName;
      readonly month: number;
      readonly day: number;
      readonly plusDays?: number;
    }
  /** Western (Gregorian) Easter Sunday. */
  | { readonly kind: 'easter'; readonly plusDays?: number };

/** A change of the zone's offset that comes every year of its era. */
export type ZoneTransition = {
  readonly on: DateRule;
  /** When the clocks change, a multiple of 15 minutes. */
  readonly at: TimeText;
  /** `wall`: `at` is read from the clock before the change; `utc`: it is in UTC. */
  readonly clock: 'wall' | 'utc';
  /** The offset after the change. */
  readonly offset: OffsetText;
};

/** The rules of a zone from the start of a year until the next era. */
export type ZoneEra = {
  readonly fromYear: number;
  /** The offset in force when `fromYear` begins. Before the first era the zone keeps that era's. */
  readonly offset: OffsetText;
  /** In the order of the year; empty where the clocks do not change. */
  readonly transitions: readonly ZoneTransition[];
};

/** A time zone as versioned data; `eras` in ascending order. `name` is for people, such as the name of the tz database. */
export type ZoneDefinition = { readonly name: string; readonly eras: readonly ZoneEra[] };

/**
 * Trading hours of a session in local time, each a multiple of 5 minutes, in rising order. The pre-market runs from
 * `preOpen` to `open`, the post-market from `close` to `postClose`; where one is left out there is none.
 */
export type SessionHours = {
  readonly preOpen?: TimeText;
  readonly open: TimeText;
  readonly close: TimeText;
  readonly postClose?: TimeText;
};

/** Weekly days and hours from a date until the next era. */
export type HoursEra = SessionHours & { readonly from: DateText; readonly weekdays: readonly WeekdayName[] };

/** What every yearly rule may have: the years it holds, both inclusive, and years left out, such as when it was moved. */
export type YearlyRule = {
  readonly name: string;
  readonly on: DateRule;
  readonly fromYear?: number;
  readonly toYear?: number;
  readonly exceptYears?: readonly number[];
  /** Days to add when the date falls on that weekday; a weekday left out is not moved. */
  readonly shift?: { readonly [weekday in WeekdayName]?: number };
  /** The rule holds only if its date, after the shift, falls on one of these. */
  readonly onlyOn?: readonly WeekdayName[];
};

/** A yearly holiday: no session that date. */
export type HolidayRule = YearlyRule;

/** A yearly early close. It changes the end of a session and never makes one. */
export type EarlyCloseRule = YearlyRule & { readonly close: TimeText; readonly postClose?: TimeText };

/** Dates without a session that no rule foretells. */
export type OneOffClosures = { readonly name: string; readonly dates: readonly DateText[] };

/** Dates with an early close that no rule foretells. */
export type OneOffEarlyCloses = {
  readonly name: string;
  readonly dates: readonly DateText[];
  readonly close: TimeText;
  readonly postClose?: TimeText;
};

/** Dates that have a session of their own hours, whatever weekday or holiday they fall on. */
export type SpecialSessions = SessionHours & { readonly name: string; readonly dates: readonly DateText[] };

/** A session calendar: the zone, and which dates have a session from when to when. */
export type CalendarDefinition = {
  /** 1 to 32 characters, such as the market's identifier code of ISO 10383. */
  readonly name: string;
  /** First and last date that the data answers for, both inclusive; outside there is no session. */
  readonly validFrom: DateText;
  readonly validTo: DateText;
  readonly zone: ZoneDefinition;
  /** In ascending order; the first reaches back to `validFrom`. */
  readonly hours: readonly HoursEra[];
  readonly holidays?: readonly HolidayRule[];
  readonly closures?: readonly OneOffClosures[];
  readonly earlyCloses?: readonly EarlyCloseRule[];
  readonly oneOffEarlyCloses?: readonly OneOffEarlyCloses[];
  readonly specialSessions?: readonly SpecialSessions[];
};
