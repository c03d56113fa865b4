/**
 * Times of a CSV file. In: RFC 3339 with up to 9 fractional digits and `Z` or an offset, or whole nanoseconds since the
 * Unix epoch. Out: seconds and nanoseconds, UTC, or why it is no time. Bounds: 1970 to 2261, what an int64 of
 * nanoseconds holds.
 */
import { daysFromCivil, daysInMonth } from '@tapeline/domain';
import type { Refusal } from './batch-builder.ts';
import { clipped } from './clipped-text.ts';

const secPerDay = 86_400;
const nanoPerSec = 1_000_000_000;
/** 1973-03-03: a smaller integer is far likelier a time in seconds, milliseconds or microseconds. */
const integerNsMin = 100_000_000_000_000_000n;
const yearMax = 2_261;

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)?$/;

/** Reads times one after the other; `sec` and `nano` are those of the last one that was read. */
export class EventTimeReader {
  sec = 0;
  nano = 0;
  /** Text up to the second and its offset, whose seconds were worked out last: neighbours share it. */
  #lastHead = '';
  #lastOffset = '';
  #lastSec = 0;

  /** Reads one time; answers why not, or `undefined` if `sec` and `nano` are set. */
  read(text: string): Refusal | undefined {
    if (/^-?\d+$/.test(text)) return this.#readNanoseconds(text);
    const match = rfc3339.exec(text);
    if (match === null) return malformed(text);
    const [, year = '', month = '', day = '', hour = '', minute = '', second = '', fraction = '', offset = ''] = match;
    if (offset === '') {
      const message = `ts_event ${clipped(text)} has no time zone; put Z for UTC or an offset such as -05:00 behind it`;
      return { code: 'TIME_ZONE_MISSING', message };
    }
    if (fraction.length > 9) {
      const message = `ts_event ${clipped(text)} has ${fraction.length} fractional digits, the limit is 9 (nanoseconds); cut it`;
      return { code: 'TIME_MALFORMED', message };
    }
    const head = text.slice(0, 19);
    if (head !== this.#lastHead || offset !== this.#lastOffset) {
      const sec = secondsOf([year, month, day, hour, minute, second].map(Number), offset);
      if (sec === undefined) return malformed(text);
      if (sec < 0 || Number(year) > yearMax) return outOfRange(text);
      this.#lastHead = head;
      this.#lastOffset = offset;
      this.#lastSec = sec;
    }
    this.sec = this.#lastSec;
    this.nano = fraction === '' ? 0 : Number(fraction.padEnd(9, '0'));
    return undefined;
  }

  #readNanoseconds(text: string): Refusal | undefined {
    if (text.length > 20) return outOfRange(text);
    const ns = BigInt(text);
    if (ns > 0n && ns < integerNsMin) {
      const message =
        `ts_event ${clipped(text)} would be a time before 1973-03-03 in nanoseconds; it looks like seconds, ` +
        'milliseconds or microseconds; write nanoseconds or RFC 3339';
      return { code: 'TIME_UNIT_UNLIKELY', message };
    }
    const sec = Number(ns / BigInt(nanoPerSec));
    if (ns <= 0n || sec >= daysFromCivil(yearMax + 1, 1, 1) * secPerDay) return outOfRange(text);
    this.sec = sec;
    this.nano = Number(ns % BigInt(nanoPerSec));
    return undefined;
  }
}

function secondsOf(parts: readonly number[], offset: string): number | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const offsetSec = offsetSecondsOf(offset);
  if (offsetSec === undefined) return undefined;
  return daysFromCivil(year, month, day) * secPerDay + hour * 3_600 + minute * 60 + second - offsetSec;
}

function offsetSecondsOf(offset: string): number | undefined {
  if (offset === 'Z' || offset === 'z') return 0;
  const hours = Number(offset.slice(1, 3));
  const minutes = Number(offset.slice(4, 6));
  if (hours > 23 || minutes > 59) return undefined;
  return (offset.startsWith('-') ? -1 : 1) * (hours * 3_600 + minutes * 60);
}

function malformed(text: string): Refusal {
  const message =
    `ts_event ${clipped(text)} is no time; write RFC 3339 with Z or an offset, such as 2013-10-08T13:30:00.123Z, ` +
    'or whole nanoseconds since 1970';
  return { code: 'TIME_MALFORMED', message };
}

function outOfRange(text: string): Refusal {
  const message = `ts_event ${clipped(text)} is outside the years 1970 to ${yearMax}, the limits; correct it`;
  return { code: 'TIME_OUT_OF_RANGE', message };
}
