/** What the options of `tapeline bars` take and refuse, and that everything wrong with a command line is said at once. */
import { readOptions } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { barsOptions } from './bars-options.ts';

test('without options every setting has its default, and what has none is absent', () => {
  expect(readOptions(barsOptions, ['a.csv', 'b.csv'], {})).toEqual({
    kind: 'read',
    operands: ['a.csv', 'b.csv'],
    values: { interval: { name: '1m', seconds: 60, alignment: 'epoch' }, profile: 'all', horizon: 86_400_000 },
  });
});

test('options are taken before, between and after the files, with and without an equals sign', () => {
  const args = ['--interval=90m', 'a.csv', '--out', '-', '--horizon', '0s', '--', '--b.csv'];
  expect(readOptions(barsOptions, args, {})).toMatchObject({
    operands: ['a.csv', '--b.csv'],
    values: { interval: { name: '90m' }, out: '-', horizon: 0 },
  });
});

test('help is help, whatever else is wrong', () => {
  expect(readOptions(barsOptions, ['--interval', '7s', '--help'], {})).toEqual({ kind: 'help' });
});

test.each([
  ['0s', 0],
  ['90s', 90_000],
  ['15m', 900_000],
  ['366d', 366 * 86_400_000],
])('horizon %s is %d ms', (text, ms) => {
  expect(barsOptions.horizon.read(text)).toEqual({ value: ms });
});

test.each([
  [['--interval', '7s'], '--interval "7s" is not possible; take 1s 2s 3s 4s 5s 6s 10s 12s 15s 20s 30s, 1m to 1439m,'],
  [['--interval', '0m'], '--interval "0m" is not possible; take'],
  [['--profile', 'SIP'], '--profile "SIP" is none of all, sip; take one of them'],
  [['--calendar', 'NYSE'], '--calendar "NYSE" is none of XNYS, XNAS, XLON, 24/7; take one of them'],
  [['--dataset', 'x'.repeat(65)], `--dataset "${'x'.repeat(60)}…" is not 1 to 64 printable ASCII characters`],
  [['--dataset', ''], '--dataset "" is not 1 to 64 printable ASCII characters'],
  [['--horizon', '24'], '--horizon "24" is no duration from 0s to 366d; write a number and s, m, h or d, such as 24h'],
  [['--horizon', '8785h'], '--horizon "8785h" is no duration from 0s to 366d'],
  [['--format', 'xml'], '--format "xml" is none of csv, ndjson; take one of them'],
  [['--out', 'bars.csv.gz'], '--out "bars.csv.gz" ends in .gz, and bars are written unpacked; leave .gz away'],
  [['--out', ''], '--out "" is empty; name a file'],
  [['--out', '--format'], '--out has no value; write --out FILE'],
  [['--out'], '--out has no value; write --out FILE'],
  [['--format', 'csv', '--format', 'ndjson'], '--format is given twice; give it once'],
  [['--speed', '3'], 'there is no option --speed; there are --interval, --profile, --dataset,'],
  [['-x'], 'there is no option -x; there are --interval'],
])('%j is refused with value, limit and remedy', (args, message) => {
  const line = readOptions(barsOptions, ['a.csv', ...args], {});
  expect(line).toMatchObject({ kind: 'wrong', problems: [expect.stringContaining(message)] });
});

test('all problems are told at once', () => {
  const line = readOptions(barsOptions, ['--interval', '7s', '--profile=best', '--speed', '--out'], {});
  expect(line.kind === 'wrong' ? line.problems.length : 0).toBe(4);
});
