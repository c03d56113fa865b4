/**
 * Event times as text. In: whole seconds since the Unix epoch, UTC, and nanoseconds within the second. Out: RFC 3339
 * with `Z`, such as `2013-10-08T13:30:00Z`; a fraction only where there is one. Pure arithmetic, no clock.
 */
import { formatDate } from '../sessions/civil-date.ts';

const secPerDay = 86_400;

/**
 * RFC 3339 text of a time; `nano` is 0 to 999,999,999. The fraction has 3, 6 or 9 digits, as many as it needs. Throws
 * `RangeError` outside the years 0000 to 9999, which that form cannot hold.
 */
export function formatEventTime(sec: number, nano: number = 0): string {
  const day = Math.floor(sec / secPerDay);
  const secOfDay = sec - day * secPerDay;
  const hour = Math.floor(secOfDay / 3_600);
  const minute = Math.floor(secOfDay / 60) % 60;
  const clock = `${twoDigits(hour)}:${twoDigits(minute)}:${twoDigits(secOfDay % 60)}`;
  return `${formatDate(day)}T${clock}${fractionOf(nano)}Z`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

function fractionOf(nano: number): string {
  if (nano === 0) return '';
  const digits = String(nano).padStart(9, '0');
  const needed = nano % 1_000_000 === 0 ? 3 : nano % 1_000 === 0 ? 6 : 9;
  return `.${digits.slice(0, needed)}`;
}
