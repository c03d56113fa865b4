/**
 * Numbers and times as a person writes them. In: text, and the exponent of the instrument. Out: exact integers, or the
 * reason why not. Nothing is rounded: more digits than the exponent has are refused (law 6).
 */
import { daysFromCivil, daysInMonth } from '../sessions/civil-date.ts';
import { formatUnits } from '../market/decimal.ts';
import { eventSecMax, type Instant, instantOf } from './instant.ts';
import { quoted, type Rejection, rejection } from './refusal.ts';
import { timeTextFault } from './tick-faults.ts';

const textCharactersMax = 64;
const unitsMax = BigInt(Number.MAX_SAFE_INTEGER);
const decimal = /^(-?)(\d*)(?:\.(\d+))?$/;
const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/** What is read: a price may be negative, a size not. */
export type HandNumber = { readonly what: 'PRICE' | 'SIZE'; readonly field: string; readonly exponent: number };

/** Units of 10^exponent, or why the text is none; `min` is the least size. */
export function handUnits(text: string, { what, field, exponent }: HandNumber, min: number = 0): number | Rejection {
  const match = text.length <= textCharactersMax ? decimal.exec(text) : null;
  const [, sign = '', whole = '', fraction = ''] = match ?? [];
  if (match === null || whole + fraction === '' || (sign !== '' && what === 'SIZE')) {
    const example = what === 'PRICE' ? '150.25' : '100 or 0.015';
    const message = `${field} ${quoted(text)} is no decimal number; write digits with a point, such as ${example}`;
    return rejection(`${what}_MALFORMED`, message, { field, value: text });
  }
  const digits = -exponent;
  if (fraction.length > digits) {
    const message =
      `${field} ${quoted(text)} has too many digits after the point, ${fraction.length}, and the instrument has ${digits}; give no ` +
      'more, or introduce the instrument with a finer exponent';
    const facts = { field, value: text, digits: String(fraction.length), max: String(digits) };
    return rejection(`${what}_TOO_FINE`, message, facts);
  }
  const units = BigInt(sign + (whole + fraction.padEnd(digits, '0')));
  const least = what === 'PRICE' ? -unitsMax : BigInt(min);
  return units >= least && units <= unitsMax ? Number(units) : rangeFault(text, { what, field, exponent }, least);
}

/** The limits in the caller's own words: a person who writes decimals thinks in no units. */
function rangeFault(text: string, { what, field, exponent }: HandNumber, least: bigint): Rejection {
  const [min, max] = [formatUnits(least, exponent), formatUnits(unitsMax, exponent)];
  const message =
    `${field} ${quoted(text)} is not between ${min} and ${max}, the limits with ${-exponent} digits after the point; ` +
    `correct it, or introduce the instrument with a larger ${what.toLowerCase()}_exponent`;
  return rejection(`${what}_OUT_OF_RANGE`, message, { field, value: text, min, max });
}

/** A time, or why the text is none. */
export function handTime(text: string, field: string): Instant | Rejection {
  if (/^\d{1,64}$/.test(text)) {
    const instant = instantOf(BigInt(text));
    return instant.sec <= eventSecMax ? instant : timeTextFault(field, text);
  }
  const match = text.length <= textCharactersMax ? rfc3339.exec(text) : null;
  const sec = match === null ? undefined : secondsOf(match);
  if (match === null || sec === undefined) {
    const message =
      `${field} ${quoted(text)} is no time; write RFC 3339 with a zone, such as 2013-10-08T13:30:00.123Z, or whole ` +
      'nanoseconds since 1970';
    return rejection('EVENT_TIME_MALFORMED', message, { field, value: text });
  }
  if (sec < 0 || sec > eventSecMax) return timeTextFault(field, text);
  return { sec, nano: Number((match[7] ?? '').padEnd(9, '0')) };
}

function secondsOf(match: RegExpExecArray): number | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const [offsetHours, offsetMinutes] = [Number(match[9] ?? 0), Number(match[10] ?? 0)];
  if (offsetHours > 23 || offsetMinutes > 59) return undefined;
  const offset = (offsetHours * 60 + offsetMinutes) * 60 * (match[8] === '-' ? -1 : 1);
  return daysFromCivil(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset;
}
