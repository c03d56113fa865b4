/**
 * A place in a calendar definition whose type is not yet known. In: any value, such as parsed JSON. Out: dates as days,
 * times and offsets as seconds, and a problem with the path of the first field that is none. After a problem a read
 * answers a harmless value, so that reading code needs no branches; its result counts only if there was no problem.
 */
import { weekdayNames } from './calendar-definition.ts';
import type { WeekdayName } from './calendar-definition.ts';
import type { CalendarProblemCode, CalendarProblems } from './calendar-problem.ts';
import { civilFromDays, daysFromCivil, parseDate } from './civil-date.ts';

/** Most entries of one list of a definition. */
export const listEntriesMax = 10_000;
/** First year that a definition may speak of; every time in int64 nanoseconds lies after it. */
export const yearMin = 1_600;
/** Last year that a definition may speak of; every time in int64 nanoseconds lies before it. */
export const yearMax = 2_400;

const secPerMin = 60;
const offsetSecMax = 14 * 3_600;

/** A cursor: a value, its path in the definition, and where problems go. */
export class DefinitionField {
  readonly path: string;
  readonly #value: unknown;
  readonly #problems: CalendarProblems;

  constructor(value: unknown, path: string, problems: CalendarProblems) {
    this.#value = value;
    this.path = path;
    this.#problems = problems;
  }

  /** Whether the field is present; JSON's null counts as present. */
  get present(): boolean {
    return this.#value !== undefined;
  }

  /** Reports a problem of this field. */
  refuse(code: CalendarProblemCode, rule: string): void {
    const field = this.path === '' ? 'definition' : this.path;
    this.#problems.report(this.present ? code : 'FIELD_MISSING', field, this.#value, rule);
  }

  /** Checks that this is an object that has no other fields than `known`. */
  onlyFields(known: readonly string[]): void {
    if (!this.#isObject(this.#value))
      return this.refuse('FIELD_MALFORMED', `it must be an object with ${known.join(', ')}`);
    for (const key of Object.keys(this.#value)) {
      if (!known.includes(key)) this.at(key).refuse('FIELD_UNKNOWN', `the fields here are ${known.join(', ')}`);
    }
  }

  /** The field `key` of this object; not present if this has none, or is no object. */
  at(key: string): DefinitionField {
    const own = this.#isObject(this.#value) && Object.hasOwn(this.#value, key) ? this.#value[key] : undefined;
    return new DefinitionField(own, this.path === '' ? key : `${this.path}.${key}`, this.#problems);
  }

  /** Every entry of this list, read; `entriesMin` to 10,000 of them. */
  list<T>(entriesMin: number, read: (entry: DefinitionField) => T): T[] {
    const value: unknown = this.#value;
    if (!Array.isArray(value) || value.length < entriesMin || value.length > listEntriesMax) {
      this.refuse('FIELD_MALFORMED', `it must be a list of ${entriesMin} to ${listEntriesMax} entries`);
      return [];
    }
    return value.map((entry, index) => read(new DefinitionField(entry, `${this.path}[${index}]`, this.#problems)));
  }

  /** As `list`, but a field left out is an empty list. */
  optionalList<T>(read: (entry: DefinitionField) => T): T[] {
    return this.present ? this.list(0, read) : [];
  }

  /** Text of 1 to `charactersMax` characters. */
  text(charactersMax: number): string {
    const value = this.#value;
    if (typeof value === 'string' && value.length >= 1 && value.length <= charactersMax) return value;
    this.refuse('FIELD_MALFORMED', `it must be text of 1 to ${charactersMax} characters`);
    return '';
  }

  /** One of `names`. */
  oneOf<T extends string>(names: readonly [T, ...T[]]): T {
    const found = names.find((name) => name === this.#value);
    if (found !== undefined) return found;
    this.refuse('FIELD_MALFORMED', `it must be one of ${names.join(', ')}`);
    return names[0];
  }

  /** One day of the week. */
  weekday(): WeekdayName {
    return this.oneOf(weekdayNames);
  }

  /** A whole number from `min` to `max`. */
  integer(min: number, max: number): number {
    const value = this.#value;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max) return value;
    const code = typeof value === 'number' ? 'OUT_OF_RANGE' : 'FIELD_MALFORMED';
    this.refuse(code, `it must be a whole number from ${min} to ${max}`);
    return min;
  }

  /** A year from 1600 to 2400. */
  year(): number {
    return this.integer(yearMin, yearMax);
  }

  /** A date `YYYY-MM-DD` of the years 1600 to 2400, as days since 1970-01-01. */
  date(): number {
    const value = this.#value;
    const day = typeof value === 'string' ? parseDate(value) : undefined;
    if (typeof day !== 'number') {
      this.refuse('FIELD_MALFORMED', 'it must be a date of the calendar, written YYYY-MM-DD');
      return daysFromCivil(yearMin, 1, 1);
    }
    const { year } = civilFromDays(day);
    if (year < yearMin || year > yearMax) this.refuse('OUT_OF_RANGE', `its year must be ${yearMin} to ${yearMax}`);
    return day;
  }

  /** A time `HH:MM` from 00:00 to 24:00 on a grid of minutes, as seconds; `reason` says what the grid is for. */
  timeSec(gridMin: number, reason: string): number {
    const value = this.#value;
    const match = typeof value === 'string' ? /^(\d{2}):([0-5]\d)$/.exec(value) : null;
    const minutes = match === null ? -1 : Number(match[1]) * 60 + Number(match[2]);
    if (minutes < 0 || minutes > 24 * 60) {
      this.refuse('FIELD_MALFORMED', 'it must be a time of day, written HH:MM, from 00:00 to 24:00');
      return 0;
    }
    if (minutes % gridMin !== 0) this.refuse('OFF_GRID', `it must be a multiple of ${gridMin} minutes: ${reason}`);
    return minutes * secPerMin;
  }

  /** An offset from UTC `+HH:MM` or `-HH:MM` within 14 hours, a multiple of 15 minutes, as seconds. */
  offsetSec(): number {
    const value = this.#value;
    const match = typeof value === 'string' ? /^([+-])(\d{2}):([0-5]\d)$/.exec(value) : null;
    if (match === null) {
      this.refuse('FIELD_MALFORMED', 'it must be an offset from UTC, written +HH:MM or -HH:MM');
      return 0;
    }
    const minutes = Number(match[2]) * 60 + Number(match[3]);
    if (minutes * secPerMin > offsetSecMax) this.refuse('OUT_OF_RANGE', 'it must be within 14 hours of UTC');
    if (minutes % 15 !== 0) {
      this.refuse(
        'OFF_GRID',
        'it must be a multiple of 15 minutes: bars that start on the quarter hour in UTC must do so locally',
      );
    }
    // Adding 0 turns the -0 of "-00:00" into 0.
    return (match[1] === '-' ? -minutes : minutes) * secPerMin + 0;
  }

  #isObject(value: unknown): value is { readonly [key: string]: unknown } {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  }
}
