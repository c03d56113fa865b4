/**
 * A calendar definition that has been read. In: a definition of unknown shape. Out: the same rules with dates as days
 * since 1970-01-01 and times as seconds, every field checked by itself and against its neighbours. What only shows when
 * the rules are laid out over the years is checked by time-zone.ts and session-days.ts.
 */
import { weekdayNames } from './calendar-definition.ts';
import type { DateRule, WeekdayName } from './calendar-definition.ts';
import { civilFromDays, daysInMonth } from './civil-date.ts';
import type { DefinitionField } from './definition-field.ts';

/** Session hours in seconds of the local day, 0 to 86,400; all four equal or rising, `openSec` below `closeSec`. */
export type LocalHours = {
  readonly preOpenSec: number;
  readonly openSec: number;
  readonly closeSec: number;
  readonly postCloseSec: number;
};

/** A change of clocks that comes every year of its era. */
export type TransitionRules = {
  readonly field: DefinitionField;
  readonly on: DateRule;
  readonly atSec: number;
  readonly clock: 'wall' | 'utc';
  readonly offsetSec: number;
};

/** The rules of a zone from a year until the next era. */
export type ZoneEraRules = {
  readonly field: DefinitionField;
  readonly fromYear: number;
  readonly offsetSec: number;
  readonly transitions: readonly TransitionRules[];
};

/** Which days of the years a rule speaks of. */
export type YearlyDays = {
  readonly field: DefinitionField;
  readonly on: DateRule;
  readonly fromYear: number;
  readonly toYear: number;
  readonly exceptYears: ReadonlySet<number>;
  /** Days to add, by weekday. */
  readonly shift: ReadonlyMap<WeekdayName, number>;
  readonly onlyOn: ReadonlySet<WeekdayName>;
};

/** The early end of a session, in seconds of the local day. */
export type EarlyEnd = { readonly closeSec: number; readonly postCloseSec: number };

/** Weekly days and hours from a day until the next era. */
export type HoursEraRules = {
  readonly field: DefinitionField;
  readonly fromDay: number;
  readonly weekdays: ReadonlySet<WeekdayName>;
  readonly hours: LocalHours;
};

/** Everything of a definition. */
export type CalendarRules = {
  readonly name: string;
  readonly validFromDay: number;
  readonly validToDay: number;
  readonly zoneName: string;
  readonly zoneEras: readonly ZoneEraRules[];
  readonly hours: readonly HoursEraRules[];
  readonly holidays: readonly YearlyDays[];
  readonly closures: readonly { readonly days: readonly number[] }[];
  readonly earlyCloses: readonly { readonly yearly: YearlyDays; readonly end: EarlyEnd }[];
  readonly oneOffEarlyCloses: readonly {
    readonly field: DefinitionField;
    readonly days: readonly number[];
    readonly end: EarlyEnd;
  }[];
  readonly specialSessions: readonly { readonly days: readonly number[]; readonly hours: LocalHours }[];
};

/** Most characters of a calendar's, zone's or rule's name. */
export const nameCharactersMax = 64;
/** Most characters of a calendar's name: it stands in every instrument's terms. */
export const calendarNameCharactersMax = 32;

const yearlyFields = ['name', 'on', 'fromYear', 'toYear', 'exceptYears', 'shift', 'onlyOn'];
const boundsOnGrid = 'coarser bars are made from finer ones, and a bar must not span two sessions';
const clocksOnGrid = 'a day must begin on the quarter hour in UTC';

/** Reads a whole definition. Problems go to the field's collector; with one, the result is not to be used. */
export function readCalendarRules(root: DefinitionField): CalendarRules {
  root.onlyFields([
    'name',
    'validFrom',
    'validTo',
    'zone',
    'hours',
    'holidays',
    'closures',
    'earlyCloses',
    'oneOffEarlyCloses',
    'specialSessions',
  ]);
  const validFromDay = root.at('validFrom').date();
  const validToDay = root.at('validTo').date();
  if (validToDay < validFromDay) root.at('validTo').refuse('OUT_OF_ORDER', 'it must not be before validFrom');
  const zone = root.at('zone');
  zone.onlyFields(['name', 'eras']);
  const zoneEras = zone.at('eras').list(1, readZoneEra);
  requireAscending(zoneEras, (era) => era.fromYear, 'fromYear');
  if ((zoneEras[0]?.fromYear ?? 0) > civilFromDays(validFromDay).year) {
    zoneEras[0]?.field
      .at('fromYear')
      .refuse('RANGE_NOT_COVERED', 'the first era must begin no later than the year of validFrom');
  }
  const hours = root.at('hours').list(1, readHoursEra);
  requireAscending(hours, (era) => era.fromDay, 'from');
  if ((hours[0]?.fromDay ?? 0) > validFromDay) {
    hours[0]?.field.at('from').refuse('RANGE_NOT_COVERED', 'the first hours must begin no later than validFrom');
  }
  return {
    name: root.at('name').text(calendarNameCharactersMax),
    validFromDay,
    validToDay,
    zoneName: zone.at('name').text(nameCharactersMax),
    zoneEras,
    hours,
    holidays: root.at('holidays').optionalList((rule) => readYearly(rule, [])),
    closures: root.at('closures').optionalList((rule) => readDates(rule, [])),
    earlyCloses: root.at('earlyCloses').optionalList((rule) => {
      return { yearly: readYearly(rule, ['close', 'postClose']), end: readEarlyEnd(rule) };
    }),
    oneOffEarlyCloses: root.at('oneOffEarlyCloses').optionalList((rule) => {
      return { field: rule, ...readDates(rule, ['close', 'postClose']), end: readEarlyEnd(rule) };
    }),
    specialSessions: root.at('specialSessions').optionalList((rule) => {
      return { ...readDates(rule, ['preOpen', 'open', 'close', 'postClose']), hours: readHours(rule) };
    }),
  };
}

function readZoneEra(era: DefinitionField): ZoneEraRules {
  era.onlyFields(['fromYear', 'offset', 'transitions']);
  return {
    field: era,
    fromYear: era.at('fromYear').year(),
    offsetSec: era.at('offset').offsetSec(),
    transitions: era.at('transitions').list(0, (transition) => {
      transition.onlyFields(['on', 'at', 'clock', 'offset']);
      return {
        field: transition,
        on: readDateRule(transition.at('on')),
        atSec: transition.at('at').timeSec(15, clocksOnGrid),
        clock: transition.at('clock').oneOf(['wall', 'utc']),
        offsetSec: transition.at('offset').offsetSec(),
      };
    }),
  };
}

function readHoursEra(era: DefinitionField): HoursEraRules {
  era.onlyFields(['from', 'weekdays', 'preOpen', 'open', 'close', 'postClose']);
  const weekdays = new Set(era.at('weekdays').list(1, (day) => day.weekday()));
  return { field: era, fromDay: era.at('from').date(), weekdays, hours: readHours(era) };
}

function readHours(field: DefinitionField): LocalHours {
  const openSec = readBound(field.at('open'));
  const preOpenSec = field.at('preOpen').present ? readBound(field.at('preOpen')) : openSec;
  const { closeSec, postCloseSec } = readEarlyEnd(field);
  if (preOpenSec > openSec) field.at('open').refuse('OUT_OF_ORDER', 'it must not be before preOpen');
  if (closeSec <= openSec) field.at('close').refuse('OUT_OF_ORDER', 'it must be after open, on the same local date');
  return { preOpenSec, openSec, closeSec, postCloseSec };
}

function readEarlyEnd(field: DefinitionField): EarlyEnd {
  const closeSec = readBound(field.at('close'));
  const postCloseSec = field.at('postClose').present ? readBound(field.at('postClose')) : closeSec;
  if (postCloseSec < closeSec) field.at('postClose').refuse('OUT_OF_ORDER', 'it must not be before close');
  return { closeSec, postCloseSec };
}

function readBound(field: DefinitionField): number {
  return field.timeSec(5, boundsOnGrid);
}

function readDates(rule: DefinitionField, more: readonly string[]): { readonly days: readonly number[] } {
  rule.onlyFields(['name', 'dates', ...more]);
  rule.at('name').text(nameCharactersMax);
  return { days: rule.at('dates').list(1, (date) => date.date()) };
}

function readYearly(rule: DefinitionField, more: readonly string[]): YearlyDays {
  rule.onlyFields([...yearlyFields, ...more]);
  rule.at('name').text(nameCharactersMax);
  const fromYear = rule.at('fromYear').present ? rule.at('fromYear').year() : -Infinity;
  const toYear = rule.at('toYear').present ? rule.at('toYear').year() : Infinity;
  if (toYear < fromYear) rule.at('toYear').refuse('OUT_OF_ORDER', 'it must not be before fromYear');
  return {
    field: rule,
    on: readDateRule(rule.at('on')),
    fromYear,
    toYear,
    exceptYears: new Set(rule.at('exceptYears').optionalList((year) => year.year())),
    shift: readShift(rule.at('shift')),
    onlyOn: new Set(rule.at('onlyOn').present ? rule.at('onlyOn').list(1, (day) => day.weekday()) : weekdayNames),
  };
}

function readShift(shift: DefinitionField): Map<WeekdayName, number> {
  const days = new Map<WeekdayName, number>();
  if (!shift.present) return days;
  shift.onlyFields(weekdayNames);
  for (const weekday of weekdayNames) {
    if (shift.at(weekday).present) days.set(weekday, shift.at(weekday).integer(-6, 6));
  }
  return days;
}

function readDateRule(rule: DefinitionField): DateRule {
  const kind = rule.at('kind').oneOf(['date', 'nthWeekday', 'lastWeekday', 'weekdayOnOrAfter', 'easter']);
  const plusDays = rule.at('plusDays').present ? rule.at('plusDays').integer(-366, 366) : 0;
  const month = kind === 'easter' ? 1 : rule.at('month').integer(1, 12);
  // 29 February is no day of every year, so a rule may not name it; the year 2023 has none.
  const dayMax = daysInMonth(2_023, month);
  switch (kind) {
    case 'date':
      rule.onlyFields(['kind', 'month', 'day', 'plusDays']);
      return { kind, month, day: rule.at('day').integer(1, dayMax), plusDays };
    case 'nthWeekday':
      rule.onlyFields(['kind', 'nth', 'weekday', 'month', 'plusDays']);
      return { kind, nth: rule.at('nth').integer(1, 4), weekday: rule.at('weekday').weekday(), month, plusDays };
    case 'lastWeekday':
      rule.onlyFields(['kind', 'weekday', 'month', 'plusDays']);
      return { kind, weekday: rule.at('weekday').weekday(), month, plusDays };
    case 'weekdayOnOrAfter':
      rule.onlyFields(['kind', 'weekday', 'month', 'day', 'plusDays']);
      return { kind, weekday: rule.at('weekday').weekday(), month, day: rule.at('day').integer(1, dayMax), plusDays };
    case 'easter':
      rule.onlyFields(['kind', 'plusDays']);
      return { kind, plusDays };
  }
}

function requireAscending<T extends { readonly field: DefinitionField }>(
  eras: readonly T[],
  startOf: (era: T) => number,
  key: string,
): void {
  for (const [index, era] of eras.entries()) {
    const before = eras[index - 1];
    if (before !== undefined && startOf(era) <= startOf(before)) {
      era.field.at(key).refuse('OUT_OF_ORDER', 'each era must begin after the one before it');
    }
  }
}
