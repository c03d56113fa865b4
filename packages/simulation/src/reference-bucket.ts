/**
 * The bounds of bars, by brute force. In: an interval, a calendar, a time. Out: the half-open bucket that contains it.
 * Written from the rules: what divides the hour is cut on multiples since 1970, a day is the local date, anything else
 * is counted off from the start of the session's segment and cut at its end.
 */
import type { Interval, SessionCalendar } from '@tapeline/domain';

/** Whole seconds since the Unix epoch, `[startSec, endSec)`. */
export type ReferenceBucket = { readonly startSec: number; readonly endSec: number };

/** The bucket of `interval` that contains `sec`. */
export function referenceBucket(interval: Interval, calendar: SessionCalendar, sec: number): ReferenceBucket {
  const { seconds } = interval;
  if (seconds === 86_400) return calendar.dayBounds(calendar.tradingDateAt(sec));
  if (3_600 % seconds === 0) {
    const startSec = Math.floor(sec / seconds) * seconds;
    return { startSec, endSec: startSec + seconds };
  }
  const segment = calendar.segmentAt(sec);
  let startSec = segment.startSec;
  while (startSec + seconds <= sec) startSec += seconds;
  return { startSec, endSec: Math.min(startSec + seconds, segment.endSec) };
}
