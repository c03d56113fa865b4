/**
 * What is wrong with a calendar's data. In: the field and the rule that it breaks. Out: one problem with its facts and
 * a message for the person who wrote the data. Only the first problem is kept: later ones are often its echo.
 */

/** Why a definition was refused. */
export type CalendarProblemCode =
  | 'FIELD_MISSING'
  | 'FIELD_UNKNOWN'
  /** Not the type or the form of text that the field asks for. */
  | 'FIELD_MALFORMED'
  | 'OUT_OF_RANGE'
  /** A session bound off 5 minutes, or an offset or change of clocks off 15 minutes. */
  | 'OFF_GRID'
  /** Hours, eras, dates or changes of clocks that do not rise. */
  | 'OUT_OF_ORDER'
  /** The first era begins after the first valid date. */
  | 'RANGE_NOT_COVERED'
  /** A zone era begins with another offset than the era before it ended with. */
  | 'ZONE_ERA_MISMATCH'
  /** Clocks go back over midnight, so that a local date comes twice. */
  | 'DATE_REPEATED'
  /** A change of clocks swallows a whole session. */
  | 'SESSION_EMPTY'
  /** An early close that is not within the session it shortens, or two that disagree about a date. */
  | 'EARLY_CLOSE_CONFLICT';

/** The first thing that a definition breaks. */
export type CalendarProblem = {
  readonly code: CalendarProblemCode;
  /** The calendar's name; `?` where it has none. */
  readonly calendar: string;
  /** Where in the definition, such as `hours[0].open`. */
  readonly field: string;
  /** What stands there, as text of at most 80 characters. */
  readonly value: string;
  /** What may stand there, and why. */
  readonly rule: string;
  readonly message: string;
};

/** Longest text of a refused value in a message, characters. */
const valueCharactersMax = 80;

/** Collects the problems of one definition; keeps the first. */
export class CalendarProblems {
  readonly #calendar: string;
  #first: CalendarProblem | undefined;

  constructor(calendar: string) {
    this.#calendar = calendar;
  }

  /** The first problem reported, if any. */
  get first(): CalendarProblem | undefined {
    return this.#first;
  }

  /** Reports that `field` holds `value` and so breaks `rule`, a phrase that follows "but". */
  report(code: CalendarProblemCode, field: string, value: unknown, rule: string): void {
    if (this.#first !== undefined) return;
    const calendar = this.#calendar;
    const shown = asText(value);
    const message = `calendar ${calendar}: ${field} is ${shown}, but ${rule}`;
    this.#first = { code, calendar, field, value: shown, rule, message };
  }
}

function asText(value: unknown): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return 'a list';
  if (value !== null && typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
  }
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > valueCharactersMax ? `${text.slice(0, valueCharactersMax - 1)}…` : text;
}
