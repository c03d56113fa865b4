/** What `tapeline` says of itself, and what it does with a command line that it cannot follow. */
import { expect, test } from 'vitest';
import { recordingFolder } from './recording-folder.ts';
import { tapeline } from './tapeline-process.ts';

const folder = recordingFolder();
const { path: cwd } = folder;
const file = folder.csv('a.csv', 'ts_event,symbol,price,size', ['2024-01-02T14:30:00Z,ACME,10,1']);

test('with --help, -h and help it shows the commands on one screen and succeeds', async () => {
  const endings = await Promise.all([['--help'], ['-h'], ['help']].map((args) => tapeline(args)));
  for (const ending of endings) {
    expect(ending).toEqual({ ...endings[0], code: 0, err: '' });
    expect(ending.out.split('\n').length).toBeLessThan(24);
    expect(ending.out).toMatch(/^ {2}serve \[options\] +\S/m);
    expect(ending.out).toMatch(/^ {2}bars FILE… \[options\] +\S/m);
    expect(ending.out).toContain('npm start -- bars FILE');
  }
});

test('the help of a command has every option with default and bounds, and the exit codes', async () => {
  const [byFlag, byHelp] = await Promise.all([tapeline(['bars', '--help']), tapeline(['help', 'bars'])]);
  expect(byFlag.code).toBe(0);
  expect(byFlag.out).toBe(byHelp.out);
  for (const option of ['interval', 'profile', 'dataset', 'calendar', 'horizon', 'format', 'out']) {
    expect(byFlag.out).toMatch(new RegExp(`^  --${option} \\S+ .*\\S`, 'm'));
  }
  expect(byFlag.out).toContain('Default: 24h.');
  expect(byFlag.out.replaceAll(/\s+/g, ' ')).toContain('0s to 366d');
  expect(byFlag.out).toMatch(/Exit codes:\n {2}0 .*\n {2}1 .*\n {2}2 .*\n {2}3 /);
  for (const line of byFlag.out.split('\n')) expect(line.length).toBeLessThanOrEqual(105);
});

test('--version says the version', async () => {
  const { out, code } = await tapeline(['--version']);
  expect(code).toBe(0);
  expect(out).toMatch(/^tapeline \d+\.\d+\.\d+\n$/);
});

test('an unknown command or option is one line that names what there is, and exit code 2', async () => {
  const lines = [['barz', 'x.csv'], ['--colour'], ['help', 'barz'], ['bars', file, '--intervall', '1m'], ['-v']];
  for (const args of lines) {
    const { code, out, err } = await tapeline(args, { cwd });
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toMatch(
      /^tapeline.*: there is no (command|option) \S+; there are .*(serve, bars, placement, status, help|--interval, --profile|and \d+ more, which --help tells)/,
    );
    expect(err.trimEnd()).not.toContain('\n');
  }
});

test('everything that is wrong with a command line is said at once', async () => {
  const args = ['bars', file, '--interval', '7s', '--profile=best', '--horizon', '367d', '--speed', '--out'];
  const { code, out, err } = await tapeline(args, { cwd });
  expect([code, out]).toEqual([2, '']);
  const lines = err.trimEnd().split('\n');
  expect(lines).toHaveLength(5);
  for (const line of lines) expect(line).toMatch(/^tapeline bars: /);
});

test('bars without a file says how to name one', async () => {
  const { code, err } = await tapeline(['bars', '--interval', '1m']);
  expect(code).toBe(2);
  expect(err).toMatch(/^tapeline bars: names no file; write tapeline bars FILE, or tapeline help bars .*\n$/);
});

test('options alone are those of serve, whose help has every option and what its exit codes mean', async () => {
  const [alone, named, byHelp] = await Promise.all([
    tapeline(['--feed', 'none', '--help']),
    tapeline(['serve', '--help']),
    tapeline(['help', 'serve']),
  ]);
  expect(alone).toEqual(named);
  expect(byHelp.out).toBe(named.out);
  expect(named.code).toBe(0);
  for (const option of ['feed', 'replay', 'speed', 'data-dir', 'grpc-port', 'http-port', 'symbols', 'dataset']) {
    expect(named.out).toMatch(new RegExp(`^  --${option} \\S+ .*\\S`, 'm'));
  }
  expect(named.out).toMatch(/^ {2}--once {2}/m);
  expect(named.out).toMatch(
    /Exit codes:\n {2}0 .*--once.*\n {2}1 .*--once.*\n {2}2 .*\n.*\n {2}3 .*\n {2}SIGINT and SIGTERM /,
  );
  for (const line of named.out.split('\n')) expect(line.length).toBeLessThanOrEqual(105);
});

test('serve takes no file of its own accord, and says where files go', async () => {
  const { code, out, err } = await tapeline(['serve', file], { cwd });
  expect([code, out]).toEqual([2, '']);
  expect(err).toMatch(/^tapeline serve: takes no ".*a\.csv"; files follow --replay\n$/);
});
