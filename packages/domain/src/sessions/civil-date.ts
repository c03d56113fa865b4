/**
 * Dates as days since 1970-01-01 in the proleptic Gregorian calendar. In: days, or text. Out: year, month and day, the
 * day of the week, or days. Pure arithmetic on integers, no clock and no time zone.
 * Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil and civil_from_days.
 */

/** A date of the Gregorian calendar: `month` 1 to 12, `day` 1 to 31. */
export type CivilDate = { readonly year: number; readonly month: number; readonly day: number };

/** Text that is no date: not of the form YYYY-MM-DD, or a day that the calendar does not have. */
export type DateProblem = {
  readonly code: 'DATE_MALFORMED' | 'DATE_NOT_IN_CALENDAR';
  readonly text: string;
  readonly message: string;
};

const daysPerEra = 146_097;
const yearsPerEra = 400;
/** Days from 0000-03-01 to 1970-01-01. */
const daysToUnixEpoch = 719_468;

/**
 * Days since 1970-01-01 of a date. Years are astronomical (0 is 1 BC), all three whole numbers. A `day` beyond the end
 * of its month is not checked and runs on into the next.
 */
export function daysFromCivil(year: number, month: number, day: number): number {
  // Years that begin in March put the leap day last, so the length of the months before it never changes.
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / yearsPerEra);
  const yearOfEra = marchYear - era * yearsPerEra;
  const monthFromMarch = (month + 9) % 12;
  const dayOfYear = Math.floor((153 * monthFromMarch + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * daysPerEra + dayOfEra - daysToUnixEpoch;
}

/** The date that is `days` whole days after 1970-01-01; negative days lie before it. Inverse of `daysFromCivil`. */
export function civilFromDays(days: number): CivilDate {
  const shifted = days + daysToUnixEpoch;
  const era = Math.floor(shifted / daysPerEra);
  const dayOfEra = shifted - era * daysPerEra;
  const leapDays = Math.floor(dayOfEra / 1_460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return { year: era * yearsPerEra + yearOfEra + (month <= 2 ? 1 : 0), month, day };
}

/** Day of the week as ISO 8601 counts: 1 Monday to 7 Sunday. 1970-01-01 was a Thursday. */
export function dayOfWeek(days: number): number {
  const fromMonday = (days + 3) % 7;
  return (fromMonday < 0 ? fromMonday + 7 : fromMonday) + 1;
}

/** Days in a month, 28 to 31; `month` 1 to 12. */
export function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** The date as `YYYY-MM-DD`. Throws `RangeError` outside the years 0000 to 9999, which that form cannot hold. */
export function formatDate(days: number): string {
  const { year, month, day } = civilFromDays(days);
  if (!(year >= 0 && year <= 9_999)) throw new RangeError(`day ${days} is outside the years 0000 to 9999`);
  return `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}`;
}

/** Days since 1970-01-01 of a text `YYYY-MM-DD`, exactly that form, years 0000 to 9999. */
export function parseDate(text: string): number | DateProblem {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) {
    const message = `"${text}" is no date; write it as YYYY-MM-DD, such as 2024-03-28`;
    return { code: 'DATE_MALFORMED', text, message };
  }
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) {
    return {
      code: 'DATE_NOT_IN_CALENDAR',
      text,
      message: `"${text}" is not a day of the calendar; check month and day`,
    };
  }
  return daysFromCivil(year, month, day);
}

function digits(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
