/**
 * Makes calendars of data. In: a definition, typed or as parsed JSON, or the name of a built-in one. Out: a calendar,
 * or the first problem of the data with its field and remedy. A definition that loads answers every later question.
 */
import { alwaysOpen } from './calendars/always-open.ts';
import { xlon } from './calendars/xlon.ts';
import { xnas } from './calendars/xnas.ts';
import { xnys } from './calendars/xnys.ts';
import type { CalendarDefinition } from './calendar-definition.ts';
import { CalendarProblems } from './calendar-problem.ts';
import type { CalendarProblem } from './calendar-problem.ts';
import { calendarNameCharactersMax, readCalendarRules } from './calendar-rules.ts';
import { formatDate } from './civil-date.ts';
import { DefinitionField } from './definition-field.ts';
import { SessionCalendar } from './session-calendar.ts';
import { expandSessionDays } from './session-days.ts';
import { expandZone } from './time-zone.ts';

/** The data of a built-in calendar is itself broken: a defect of this package. */
export class BuiltInCalendarError extends Error {
  override name = 'BuiltInCalendarError';
}

/** The built-in calendars as data. */
export const builtInCalendars: readonly CalendarDefinition[] = [xnys, xnas, xlon, alwaysOpen];

/** Names of the built-in calendars. */
export const builtInCalendarNames: readonly string[] = builtInCalendars.map((definition) => definition.name);

const loaded = new Map<string, SessionCalendar>();

/**
 * Checks a definition and lays it out over its valid dates. Anything is taken, so that a file a person wrote can be
 * passed as it was parsed; the shape that loads is `CalendarDefinition`. Tell the two answers apart by
 * `instanceof SessionCalendar`, or by `'code' in answer`.
 */
export function loadCalendar(definition: unknown): SessionCalendar | CalendarProblem {
  const problems = new CalendarProblems(nameIn(definition));
  const rules = readCalendarRules(new DefinitionField(definition, '', problems));
  if (problems.first !== undefined) return problems.first;
  const zone = expandZone(rules, problems);
  const days = expandSessionDays(rules, problems);
  if (problems.first !== undefined) return problems.first;
  const calendar = new SessionCalendar(rules.name, zone, days);
  checkSessionsAtClockChanges(calendar, problems);
  return problems.first ?? calendar;
}

/** The built-in calendar XNYS, XNAS, XLON or 24/7, made once and kept; `undefined` for any other name. */
export function calendarNamed(name: string): SessionCalendar | undefined {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const definition = builtInCalendars.find((candidate) => candidate.name === name);
  if (definition === undefined) return undefined;
  const calendar = loadCalendar(definition);
  if (!(calendar instanceof SessionCalendar)) throw new BuiltInCalendarError(calendar.message);
  loaded.set(name, calendar);
  return calendar;
}

function nameIn(definition: unknown): string {
  if (typeof definition !== 'object' || definition === null || !('name' in definition)) return '?';
  return typeof definition.name === 'string' && definition.name.length <= calendarNameCharactersMax
    ? definition.name
    : '?';
}

/** On every other date the clock runs evenly, so a session is as long as its hours say. */
function checkSessionsAtClockChanges(calendar: SessionCalendar, problems: CalendarProblems): void {
  for (const { atSec } of calendar.zone.changes) {
    // A change at midnight touches two dates.
    for (const day of [calendar.zone.localDayAt(atSec - 1), calendar.zone.localDayAt(atSec)]) {
      const session = calendar.sessionOf(day);
      if (session === undefined || session.openSec < session.closeSec) continue;
      problems.report('SESSION_EMPTY', 'hours', formatDate(day), 'on this date the clocks skip the whole session');
    }
  }
}
