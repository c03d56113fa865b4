/**
 * Every session of two markets against an independent record: open and close of each date in the reference data, and
 * no session on any other date between its first and its last row.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { calendarNamed } from './calendar-loader.ts';
import { formatDate, parseDate } from './civil-date.ts';

const besideRepository = fileURLToPath(new URL('../../../../../shared', import.meta.url));
const calendarsFolder = `${process.env['TAPELINE_SHARED'] ?? besideRepository}/data/calendars`;

/** Seconds of a time such as `1990-01-02T14:30:00Z`. */
function secOf(time: string): number {
  const [, date = '', hours = '', minutes = '', seconds = ''] = /^(.{10})T(\d\d):(\d\d):(\d\d)Z$/.exec(time) ?? [];
  const day = parseDate(date);
  if (typeof day !== 'number') throw new Error(`"${time}" is no time: ${day.message}`);
  return day * 86_400 + Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
}

/** `open close` in seconds by day. */
function recordedSessions(file: string): Map<number, string> {
  const [head, ...rows] = readFileSync(file, 'utf8').trimEnd().split('\n');
  expect(head).toBe(',open,close,break_start,break_end');
  return new Map(
    rows.map((row) => {
      const [midnight = '', open = '', close = '', ...breaks] = row.split(',');
      if (breaks.join('') !== '') throw new Error(`a session with a break is not compared: ${row}`);
      return [secOf(midnight) / 86_400, `${secOf(open)} ${secOf(close)}`];
    }),
  );
}

for (const name of ['XNYS', 'XLON']) {
  const file = `${calendarsFolder}/${name.toLowerCase()}.csv`;
  const missing = !existsSync(file);
  test.skipIf(missing)(
    `every session of ${name} opens and closes as recorded, and there is no other (needs the reference data: set TAPELINE_SHARED to its folder)`,
    () => {
      const recorded = recordedSessions(file);
      const calendar = calendarNamed(name);
      if (calendar === undefined) throw new Error(`no calendar ${name}`);
      const days = [...recorded.keys()];
      const wrong: string[] = [];
      for (let day = Math.min(...days); day <= Math.max(...days); day += 1) {
        const session = calendar.sessionOf(day);
        const ours = session === undefined ? undefined : `${session.openSec} ${session.closeSec}`;
        const theirs = recorded.get(day);
        if (ours !== theirs) wrong.push(`${formatDate(day)}: ours ${ours ?? 'none'}, recorded ${theirs ?? 'none'}`);
      }
      expect(wrong).toEqual([]);
      // An empty or cut file must not pass for a record of thirty years.
      expect(recorded.size).toBeGreaterThan(8_000);
    },
  );
}
