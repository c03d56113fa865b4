/**
 * Names of intervals. In: text. Out: seconds and alignment, or the problem.
 */
import { expect, test } from 'vitest';
import { parseInterval } from './interval.ts';

test.each([
  ['1s', 1, 'epoch'],
  ['30s', 30, 'epoch'],
  ['1m', 60, 'epoch'],
  ['15m', 900, 'epoch'],
  ['1h', 3_600, 'epoch'],
  ['7m', 420, 'session'],
  ['45m', 2_700, 'session'],
  ['90m', 5_400, 'session'],
  ['4h', 14_400, 'session'],
  ['1d', 86_400, 'date'],
])('%s lasts %i s and is aligned to the %s', (text, seconds, alignment) => {
  expect(parseInterval(text)).toEqual({ name: text, seconds, alignment });
});

test.each([
  ['60s', '1m'],
  ['60m', '1h'],
  ['24h', '1d'],
])('%s goes by its shortest name, %s', (text, name) => {
  expect(parseInterval(text)).toMatchObject({ name });
});

test.each(['7s', '0s', '90s', '25h', '2d', '1w', '', 'm', '1.5m', '-1m', '1 m', '01m', '100000m'])(
  '%j is refused, and the message says what is possible',
  (text) => {
    const problem = parseInterval(text);
    expect(problem).toMatchObject({ code: 'INTERVAL_UNSUPPORTED', text });
    expect('message' in problem && problem.message).toContain('1s 2s 3s');
  },
);
