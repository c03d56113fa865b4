/** What a log line looks like in both formats, and that nothing from outside can break its form. */
import { expect, test } from 'vitest';
import { createLogger, type LogFormat, type Logger, type LogLevel, silentLogger } from './logger.ts';
import { ManualClock } from './manual-clock.ts';

function setup(format: LogFormat, level: LogLevel = 'debug'): { readonly log: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  const destination = { write: (line: string): number => lines.push(line) };
  const clock = new ManualClock(Date.UTC(2013, 9, 8, 12, 0, 1, 123));
  return { log: createLogger({ name: 'worker', level, format, destination, clock }), lines };
}

test('JSON: level, time, name, fields and message on one line', () => {
  const { log, lines } = setup('json');
  log.child({ partition: 3 }).info('caught up', { offset: 9_007_199_254_740_993n, ready: true, none: undefined });
  expect(lines).toEqual([
    '{"level":"info","time":"2013-10-08T12:00:01.123Z","name":"worker","partition":3,' +
      '"offset":"9007199254740993","ready":true,"msg":"caught up"}\n',
  ]);
});

test('text: time, level, message and fields for a person', () => {
  const { log, lines } = setup('text');
  log.warn('a gap in the feed', { feed: 'simulator', missing: 12, symbols: ['SPY', 'AAPL'], note: 'two words' });
  log.error('cut');
  expect(lines).toEqual([
    '12:00:01.123 WARN  a gap in the feed feed=simulator missing=12 symbols="[\\"SPY\\",\\"AAPL\\"]" note="two words"\n',
    '12:00:01.123 ERROR cut\n',
  ]);
});

test.each<LogFormat>(['json', 'text'])('%s: a line stays one line, whatever a message or field holds', (format) => {
  const { log, lines } = setup(format);
  log.info('first\nINFO forged', { symbol: 'A\r\nB\u001b[2J\u2028', [`k\ney`]: '=' });
  expect(lines).toHaveLength(1);
  expect(lines[0]?.slice(0, -1)).not.toMatch(/\p{Cc}/u);
});

test('only the level and those above it are written; silent writes nothing', () => {
  const { log, lines } = setup('text', 'warn');
  for (const name of ['debug', 'info', 'warn', 'error'] as const) log[name]('said');
  const quiet = setup('text', 'silent');
  quiet.log.error('said');
  silentLogger.child({ part: 1 }).error('said');
  expect([lines.length, quiet.lines.length]).toEqual([2, 0]);
});

test('an error shows its causes and its place, on one line', () => {
  const { log, lines } = setup('text');
  const cause = new Error('disk is full');
  log.error('append failed', { error: new RangeError('cannot append', { cause }) });
  expect(lines[0]).toMatch(/error="RangeError: cannot append; cause: disk is full" "at .*logger\.test\.ts.*"\n$/);
});

test('fields that JSON or the line cannot hold are shown as far as they can be', () => {
  const { log, lines } = setup('json');
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;
  log.info('odd', {
    circle,
    big: { inside: 5n },
    level: 'mine',
    call: () => 1,
    long: 'x'.repeat(2_001),
    nan: Number.NaN,
  });
  const { long, circle: shown, ...rest } = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  expect(rest).toMatchObject({ level: 'info', level_: 'mine', big: '{"inside":"5"}', call: 'function', nan: 'NaN' });
  expect(long).toBe(`${'x'.repeat(2_000)}…`);
  expect(shown).toMatch(/^\(cannot be shown: TypeError/);
});

test('beyond 32 fields the rest is counted, not written', () => {
  const { log, lines } = setup('json');
  log.info('many', Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`field${index}`, index])));
  const line = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  expect(line['field31']).toBe(31);
  expect(line).not.toHaveProperty('field32');
  expect(line['fieldsLeftOut']).toBe(8);
});
