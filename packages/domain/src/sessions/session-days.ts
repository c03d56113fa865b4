/**
 * Which local dates have a session, and from when to when by the wall clock. In: the rules of a calendar. Out: the
 * hours of any date. Order of precedence: a special session, a closure or holiday, the weekly days, an early close.
 */
import type { CalendarProblems } from './calendar-problem.ts';
import type { CalendarRules, EarlyEnd, HoursEraRules, LocalHours, YearlyDays } from './calendar-rules.ts';
import { civilFromDays, formatDate } from './civil-date.ts';
import { dayOfRule, weekdayOf } from './date-rule.ts';
import type { DefinitionField } from './definition-field.ts';

/** The rules of a calendar laid out over its valid dates. */
export type SessionDays = {
  readonly validFromDay: number;
  readonly validToDay: number;
  /** In ascending order, the first from `validFromDay` or before. */
  readonly hours: readonly HoursEraRules[];
  readonly closedDays: ReadonlySet<number>;
  readonly earlyEnds: ReadonlyMap<number, EarlyEnd>;
  readonly specialHours: ReadonlyMap<number, LocalHours>;
};

/** The hours of a date's session in seconds of the local day; `undefined` if the date has none or is not valid. */
export function localHoursOf(days: SessionDays, day: number): LocalHours | undefined {
  if (day < days.validFromDay || day > days.validToDay) return undefined;
  const special = days.specialHours.get(day);
  if (special !== undefined) return special;
  const hours = weeklyHours(days, day);
  const end = days.earlyEnds.get(day);
  return hours === undefined || end === undefined ? hours : { ...hours, ...end };
}

/**
 * Lays out yearly rules and single dates over the valid years. Reports an early close that is not within the session
 * it shortens, and two that disagree about a date.
 */
export function expandSessionDays(rules: CalendarRules, problems: CalendarProblems): SessionDays {
  const closedDays = new Set<number>();
  for (const closure of rules.closures) for (const day of closure.days) closedDays.add(day);
  for (const holiday of rules.holidays) for (const day of daysOfRule(holiday, rules)) closedDays.add(day);
  const specialHours = new Map<number, LocalHours>();
  for (const special of rules.specialSessions) for (const day of special.days) specialHours.set(day, special.hours);
  const earlyEnds = new Map<number, EarlyEnd>();
  const { validFromDay, validToDay, hours } = rules;
  const days: SessionDays = { validFromDay, validToDay, hours, closedDays, earlyEnds, specialHours };
  const early = [
    ...rules.earlyCloses.map(({ yearly, end }) => ({ field: yearly.field, days: daysOfRule(yearly, rules), end })),
    ...rules.oneOffEarlyCloses,
  ];
  for (const { field, days: earlyDays, end } of early) {
    for (const day of earlyDays) {
      if (problems.first !== undefined) return days;
      checkEarlyEnd(field, days, day, end);
      earlyEnds.set(day, end);
    }
  }
  return days;
}

function weeklyHours(days: SessionDays, day: number): LocalHours | undefined {
  if (days.closedDays.has(day)) return undefined;
  const era = days.hours.findLast((candidate) => candidate.fromDay <= day);
  return era?.weekdays.has(weekdayOf(day)) === true ? era.hours : undefined;
}

function daysOfRule(rule: YearlyDays, rules: CalendarRules): number[] {
  const days: number[] = [];
  // A shift or plusDays can carry a day over the end of the year, so the years beside the valid ones count too.
  const yearFirst = Math.max(civilFromDays(rules.validFromDay).year - 1, rule.fromYear);
  const yearLast = Math.min(civilFromDays(rules.validToDay).year + 1, rule.toYear);
  for (let year = yearFirst; year <= yearLast; year += 1) {
    if (rule.exceptYears.has(year)) continue;
    const day = dayOfRule(rule.on, year);
    const shifted = day + (rule.shift.get(weekdayOf(day)) ?? 0);
    if (rule.onlyOn.has(weekdayOf(shifted))) days.push(shifted);
  }
  return days;
}

function checkEarlyEnd(field: DefinitionField, days: SessionDays, day: number, end: EarlyEnd): void {
  const other = days.earlyEnds.get(day);
  if (other !== undefined && (other.closeSec !== end.closeSec || other.postCloseSec !== end.postCloseSec)) {
    field.at('close').refuse('EARLY_CLOSE_CONFLICT', `another early close gives ${formatDate(day)} other times`);
  }
  if (day < days.validFromDay || day > days.validToDay || days.specialHours.has(day)) return;
  const hours = weeklyHours(days, day);
  if (hours === undefined) return;
  if (end.closeSec <= hours.openSec || end.closeSec > hours.closeSec) {
    field
      .at('close')
      .refuse('EARLY_CLOSE_CONFLICT', `on ${formatDate(day)} it must be after open and not after the usual close`);
  }
}
