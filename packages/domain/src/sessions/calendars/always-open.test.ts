/**
 * The calendar without sessions: every date of UTC, all day, as far as nanoseconds in 64 bits reach.
 */
import { expect, test } from 'vitest';
import { calendarNamed } from '../calendar-loader.ts';
import type { SessionCalendar } from '../session-calendar.ts';

function calendar(): SessionCalendar {
  const found = calendarNamed('24/7');
  if (found === undefined) throw new Error('no calendar 24/7');
  return found;
}

test('the regular session is the whole date of UTC, weekends and Christmas included', () => {
  const always = calendar();
  // 2023-12-23, a Saturday, to 2023-12-25.
  for (const day of [19_714, 19_715, 19_716]) {
    const [startSec, endSec] = [day * 86_400, (day + 1) * 86_400];
    expect(always.dayBounds(day)).toEqual({ startSec, endSec });
    expect(always.segmentAt(startSec)).toEqual({ session: 'regular', startSec, endSec });
    expect(always.segmentAt(endSec - 1)).toEqual({ session: 'regular', startSec, endSec });
    expect(always.sessionOf(day)).toEqual({
      preOpenSec: startSec,
      openSec: startSec,
      closeSec: endSec,
      postCloseSec: endSec,
    });
  }
});

test.each([-9_223_372_037, -1, 0, 9_223_372_036])(
  'second %i, within the times of 64-bit nanoseconds, is open',
  (sec) => {
    expect(calendar().sessionAt(sec)).toBe('regular');
    expect(calendar().tradingDateAt(sec)).toBe(Math.floor(sec / 86_400));
  },
);
