/**
 * What the lines of Lean's trade and quote files share. In: fields of a line. Out: UTC times, prices and sizes as
 * integers, or the refusal of the first field that is wrong.
 */
import { calendarNamed } from '@tapeline/domain';
import type { SessionCalendar } from '@tapeline/domain';
import type { Refusal } from './batch-builder.ts';
import { clipped } from './clipped-text.ts';
import { wholeNumberOf } from './decimal-text.ts';

const msPerDay = 86_400_000;

/** A calendar that every build has is not there: a defect of this package. */
export class LeanCalendarError extends Error {
  override name = 'LeanCalendarError';
}

/** Milliseconds since local midnight in New York of one day, as UTC. `sec` and `nano` are those of the last call. */
export class LeanClock {
  sec = 0;
  nano = 0;
  readonly #calendar: SessionCalendar;
  readonly #day: number;
  #lastSecOfDay = -1;

  /** `day` counts days since 1970-01-01, as the local date. */
  constructor(day: number) {
    const calendar = calendarNamed('XNYS');
    if (calendar === undefined) throw new LeanCalendarError('no calendar is named XNYS');
    this.#calendar = calendar;
    this.#day = day;
  }

  /** Reads the first field of a line; answers why not, or `undefined` if `sec` and `nano` are set. */
  read(text: string): Refusal | undefined {
    const ms = wholeNumberOf(text);
    if (!(ms < msPerDay)) {
      const message = `time ${clipped(text)} is not 0 to ${msPerDay - 1} whole milliseconds since midnight; correct it`;
      return { code: 'TIME_MALFORMED', message };
    }
    const secOfDay = Math.floor(ms / 1_000);
    if (secOfDay !== this.#lastSecOfDay) {
      this.#lastSecOfDay = secOfDay;
      this.sec = this.#calendar.utcSecFromLocal(this.#day, secOfDay);
    }
    this.nano = (ms - secOfDay * 1_000) * 1_000_000;
    return undefined;
  }
}

/** Why a field is no price of at least one unit of 0.0001 USD; `units` is what `wholeNumberOf` made of it. */
export function refusalOfLeanPrice(field: string, text: string, units: number): Refusal | undefined {
  if (units >= 1) return undefined;
  if (units === 0) {
    const message = `${field} ${clipped(text)} is not above 0; correct it or take the line out`;
    return { code: 'PRICE_NOT_POSITIVE', message };
  }
  return refusalOfNumber('PRICE', field, text);
}

/** Why a field is no size of at least `sizeMin` shares; `units` is what `wholeNumberOf` made of it. */
export function refusalOfLeanSize(field: string, text: string, units: number, sizeMin: 0 | 1): Refusal | undefined {
  if (units >= sizeMin) return undefined;
  if (units === 0 || /^-\d+$/.test(text)) {
    const message = `${field} ${clipped(text)} is below ${sizeMin}, the least there can be; correct it or take the line out`;
    return { code: 'SIZE_NOT_POSITIVE', message };
  }
  return refusalOfNumber('SIZE', field, text);
}

function refusalOfNumber(what: 'PRICE' | 'SIZE', field: string, text: string): Refusal {
  if (/^\d{16,}$/.test(text)) {
    const message = `${field} ${clipped(text)} is above ${Number.MAX_SAFE_INTEGER}, the largest that is exact; correct it`;
    return { code: `${what}_OUT_OF_RANGE`, message };
  }
  const message = `${field} ${clipped(text)} is no whole number; correct it or take the line out`;
  return { code: `${what}_NOT_A_NUMBER`, message };
}

/** Why a line has the wrong number of fields. */
export function refusalOfFieldCount(found: number, expected: number, names: string): Refusal {
  const message = `the line has ${found} fields and not ${expected} (${names}); correct it or take it out`;
  return { code: 'FIELD_COUNT_WRONG', message };
}
