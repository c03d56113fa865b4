/**
 * Days that come once a year. In: a rule of the calendar's data and a year. Out: the day, as days since 1970-01-01.
 * Every date rule of holidays, early closes and clock changes is answered here.
 */
import { weekdayNames } from './calendar-definition.ts';
import type { DateRule, WeekdayName } from './calendar-definition.ts';
import { dayOfWeek, daysFromCivil, daysInMonth } from './civil-date.ts';

/** The rule's day in `year`, as days since 1970-01-01; with `plusDays` it may lie in a neighbouring year. */
export function dayOfRule(rule: DateRule, year: number): number {
  return dayBeforeMove(rule, year) + (rule.plusDays ?? 0);
}

/**
 * Western Easter Sunday of a Gregorian year, as days since 1970-01-01. Source: the anonymous Gregorian algorithm as
 * given by J. Meeus, "Astronomical Algorithms", chapter 8.
 */
export function easterSunday(year: number): number {
  const moonYear = year % 19;
  const century = Math.floor(year / 100);
  const yearOfCentury = year % 100;
  const moonCorrection = Math.floor((century - Math.floor((century + 8) / 25) + 1) / 3);
  const epact = (19 * moonYear + century - Math.floor(century / 4) - moonCorrection + 15) % 30;
  const toSunday = (32 + 2 * (century % 4) + 2 * Math.floor(yearOfCentury / 4) - epact - (yearOfCentury % 4)) % 7;
  const lateMoon = Math.floor((moonYear + 11 * epact + 22 * toSunday) / 451);
  const daysFromMarch = epact + toSunday - 7 * lateMoon + 114;
  return daysFromCivil(year, Math.floor(daysFromMarch / 31), (daysFromMarch % 31) + 1);
}

/** The weekday's name of a day since 1970-01-01. */
export function weekdayOf(day: number): WeekdayName {
  // The index is always 0 to 6; the fallback only satisfies the type checker.
  return weekdayNames[dayOfWeek(day) - 1] ?? 'mon';
}

function dayBeforeMove(rule: DateRule, year: number): number {
  switch (rule.kind) {
    case 'date':
      return daysFromCivil(year, rule.month, rule.day);
    case 'nthWeekday':
      return onOrAfter(daysFromCivil(year, rule.month, 1), rule.weekday) + 7 * (rule.nth - 1);
    case 'lastWeekday':
      return onOrAfter(daysFromCivil(year, rule.month, daysInMonth(year, rule.month) - 6), rule.weekday);
    case 'weekdayOnOrAfter':
      return onOrAfter(daysFromCivil(year, rule.month, rule.day), rule.weekday);
    case 'easter':
      return easterSunday(year);
  }
}

function onOrAfter(day: number, weekday: WeekdayName): number {
  const ahead = weekdayNames.indexOf(weekday) + 1 - dayOfWeek(day);
  return day + (ahead < 0 ? ahead + 7 : ahead);
}
