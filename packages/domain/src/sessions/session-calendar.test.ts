/**
 * What a loaded calendar answers: segments and their edges, dates at local midnight and at changes of clocks, and that
 * an answer never depends on what was asked before.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { xlon } from './calendars/xlon.ts';
import { xnys } from './calendars/xnys.ts';
import { builtInCalendarNames, calendarNamed, loadCalendar } from './calendar-loader.ts';
import { formatDate, parseDate } from './civil-date.ts';
import { SessionCalendar } from './session-calendar.ts';

function named(name: string): SessionCalendar {
  const found = calendarNamed(name);
  if (found === undefined) throw new Error(`no calendar ${name}`);
  return found;
}

function dayOf(date: string): number {
  const day = parseDate(date);
  if (typeof day !== 'number') throw new Error(day.message);
  return day;
}

const times = fc.integer({ min: dayOf('1985-01-01') * 86_400, max: dayOf('2065-12-31') * 86_400 });
const names = fc.constantFrom(...builtInCalendarNames);

test('a session day of New York is cut into closed, pre, regular, post, closed', () => {
  const calendar = named('XNYS');
  const day = dayOf('2024-06-14');
  const { startSec, endSec } = calendar.dayBounds(day);
  const stretches: string[] = [];
  for (let sec = startSec; sec < endSec; sec = calendar.segmentAt(sec).endSec) {
    const segment = calendar.segmentAt(sec);
    stretches.push(
      `${segment.session} ${(segment.startSec - startSec) / 3_600}-${(segment.endSec - startSec) / 3_600}`,
    );
  }
  expect(stretches).toEqual(['closed 0-4', 'pre 4-9.5', 'regular 9.5-16', 'post 16-20', 'closed 20-24']);
});

test('a bound belongs to the later segment', () => {
  const calendar = named('XNYS');
  const session = calendar.sessionOf(dayOf('2024-06-14'));
  if (session === undefined) throw new Error('no session');
  const { preOpenSec, openSec, closeSec, postCloseSec } = session;
  const around = [preOpenSec, openSec, closeSec, postCloseSec].map((sec) => {
    return `${calendar.sessionAt(sec - 1)} ${calendar.sessionAt(sec)}`;
  });
  expect(around).toEqual(['closed pre', 'pre regular', 'regular post', 'post closed']);
});

test('a closed stretch over a weekend is cut at every local midnight', () => {
  const calendar = named('XNYS');
  const friday = calendar.sessionOf(dayOf('2024-06-14'));
  const cuts: string[] = [];
  for (let sec = friday?.postCloseSec ?? 0; cuts.length < 4; sec = calendar.segmentAt(sec).endSec) {
    const { session, startSec, endSec } = calendar.segmentAt(sec);
    cuts.push(`${formatDate(calendar.tradingDateAt(sec))} ${session} ${(endSec - startSec) / 3_600} h`);
  }
  expect(cuts).toEqual([
    '2024-06-14 closed 4 h',
    '2024-06-15 closed 24 h',
    '2024-06-16 closed 24 h',
    '2024-06-17 closed 4 h',
  ]);
});

test('the trading date changes at local midnight, not at that of UTC', () => {
  const calendar = named('XNYS');
  const midnight = dayOf('2024-06-14') * 86_400 + 4 * 3_600;
  expect(formatDate(calendar.tradingDateAt(midnight - 1))).toBe('2024-06-13');
  expect(formatDate(calendar.tradingDateAt(midnight))).toBe('2024-06-14');
});

test('a holiday and a time outside the valid dates have a trading date too', () => {
  const calendar = named('XNYS');
  expect(formatDate(calendar.tradingDateAt(dayOf('2024-12-25') * 86_400 + 15 * 3_600))).toBe('2024-12-25');
  expect(formatDate(calendar.tradingDateAt(dayOf('1970-01-01') * 86_400 + 15 * 3_600))).toBe('1970-01-01');
  expect(calendar.sessionAt(dayOf('1970-01-02') * 86_400 + 15 * 3_600)).toBe('closed');
});

test.each([
  ['XNYS', '2024-03-10', 23],
  ['XNYS', '2024-11-03', 25],
  ['XLON', '2024-03-31', 23],
  ['XLON', '2024-10-27', 25],
  ['XLON', '1995-10-22', 25],
  ['XNYS', '2024-03-11', 24],
])('%s has its %s of %i hours', (name, date, hours) => {
  const { startSec, endSec } = named(name).dayBounds(dayOf(date));
  expect((endSec - startSec) / 3_600).toBe(hours);
});

test('every segment of every built-in calendar contains its time and lies within one date', () => {
  fc.assert(
    fc.property(names, times, (name, sec) => {
      const calendar = named(name);
      const segment = calendar.segmentAt(sec);
      const day = calendar.tradingDateAt(sec);
      const bounds = calendar.dayBounds(day);
      expect(segment.startSec <= sec && sec < segment.endSec).toBe(true);
      expect(segment.startSec >= bounds.startSec && segment.endSec <= bounds.endSec).toBe(true);
      expect(calendar.segmentAt(segment.startSec)).toEqual(segment);
      expect(calendar.segmentAt(segment.endSec - 1)).toEqual(segment);
      expect(calendar.segmentAt(segment.endSec).startSec).toBe(segment.endSec);
      expect(calendar.dayBounds(day + 1).startSec).toBe(bounds.endSec);
      expect([segment.startSec % 300, segment.endSec % 300].map(Math.abs)).toEqual([0, 0]);
    }),
    { numRuns: 2_000 },
  );
});

test('the answers do not depend on what was asked before', () => {
  const question = fc.tuple(fc.constantFrom('segment', 'date', 'session', 'bounds'), times);
  fc.assert(
    fc.property(
      fc.constantFrom(xnys, xlon),
      fc.array(question, { minLength: 2, maxLength: 8 }),
      (definition, asked) => {
        const used = loadCalendar(definition);
        const fresh = asked.map(() => loadCalendar(definition));
        for (const [index, [kind, sec]] of asked.entries()) {
          expect(answer(used, kind, sec)).toEqual(answer(fresh[index], kind, sec));
        }
      },
    ),
    { numRuns: 50 },
  );
});

test('a wall-clock time maps back to itself unless clocks skip it', () => {
  fc.assert(
    fc.property(names, times, fc.integer({ min: 0, max: 86_399 }), (name, sec, localSec) => {
      const calendar = named(name);
      const day = calendar.tradingDateAt(sec);
      const utcSec = calendar.utcSecFromLocal(day, localSec);
      const shown = utcSec + calendar.zone.offsetSecAt(utcSec) - day * 86_400;
      const isChange = calendar.zone.changes.some((change) => change.atSec === utcSec);
      expect(isChange ? shown >= localSec : shown === localSec).toBe(true);
      expect(calendar.utcSecFromLocal(day, localSec + 1)).toBeGreaterThanOrEqual(utcSec);
    }),
    { numRuns: 2_000 },
  );
});

test('a time that is no number has no segment', () => {
  expect(() => named('XNYS').segmentAt(NaN)).toThrow(RangeError);
  expect(named('XNYS').sessionAt(0)).toBe('closed');
});

function answer(calendar: ReturnType<typeof loadCalendar> | undefined, kind: string, sec: number): unknown {
  if (!(calendar instanceof SessionCalendar)) throw new Error(calendar?.message ?? 'no calendar');
  if (kind === 'segment') return calendar.segmentAt(sec);
  if (kind === 'date') return calendar.tradingDateAt(sec);
  return kind === 'session'
    ? calendar.sessionOf(Math.floor(sec / 86_400))
    : calendar.dayBounds(Math.floor(sec / 86_400));
}
