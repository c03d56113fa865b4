/** Where bars go: files that appear when they are whole, pipes that close early, places that cannot be written. */
import { existsSync, lstatSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { recordingFolder } from './recording-folder.ts';
import { tapeline } from './tapeline-process.ts';

const folder = recordingFolder();
const { path: cwd } = folder;
const header = 'ts_event,symbol,price,size';
const file = folder.csv('a.csv', header, ['2024-01-02T14:30:00Z,ACME,10.50,100']);

test('--out writes the whole file, by its ending as CSV or NDJSON, and nothing else', async () => {
  for (const [name, args, begins] of [
    ['bars.csv', [], 'dataset,symbol,'],
    ['bars.ndjson', [], '{"dataset":"csv"'],
    ['bars.jsonl', [], '{"dataset":"csv"'],
    ['bars.txt', [], 'dataset,symbol,'],
    ['both.csv', ['--format', 'ndjson'], '{"dataset":"csv"'],
  ] as const) {
    const { code, out } = await tapeline(['bars', file, '--out', name, ...args], { cwd });
    expect([code, out]).toEqual([0, '']);
    expect(folder.read(name)).toContain('ACME');
    expect(folder.read(name).startsWith(begins)).toBe(true);
  }
  expect(folder.names().filter((name) => name.includes('partial'))).toEqual([]);
});

test('a file that is there is replaced, and a link to it stays a link', async () => {
  folder.write('old.csv', 'old');
  symlinkSync('old.csv', join(cwd, 'link.csv'));
  const { code } = await tapeline(['bars', file, '--out', 'link.csv'], { cwd });
  expect(code).toBe(0);
  expect(lstatSync(join(cwd, 'link.csv')).isSymbolicLink()).toBe(true);
  expect(folder.read('old.csv')).toContain('ACME');
});

test('places that cannot be written are refused before anything is read', async () => {
  folder.makeFolder('sub');
  for (const [place, message] of [
    ['missing/bars.csv', 'missing/bars.csv cannot be written: its folder does not exist; make the folder first'],
    ['sub', 'sub is a directory; name a file in it'],
    ['a.csv', 'a.csv is one of the files to read; name another'],
    ['sub/../a.csv', 'sub/../a.csv is one of the files to read; name another'],
  ] as const) {
    const { code, err } = await tapeline(['bars', file, '--out', place], { cwd });
    expect(code).toBe(2);
    expect(err).toBe(`tapeline bars: ${message}${message.endsWith('first') ? ', or correct the name' : ''}\n`);
  }
  expect(folder.read('a.csv')).toContain('10.50');
});

test.skipIf(!existsSync('/dev/full'))(
  'a full disk is said to be full (needs the device /dev/full: run it on Linux)',
  async () => {
    const { code, err } = await tapeline(['bars', file, '--out', '/dev/full'], { cwd });
    expect(code).toBe(2);
    expect(err).toContain('/dev/full cannot be written: the disk is full; make room, or name a file on another disk\n');
  },
);

test('a reader that closes the pipe early ends the command quietly', async () => {
  const { code, signal, err } = await tapeline(['bars', file], { cwd, onStart: (child) => child.stdout?.destroy() });
  expect({ code, signal, err }).toEqual({ code: 0, signal: null, err: '' });
});

test('a command that is stopped ends by the signal and leaves nothing behind', async () => {
  const rows = Array.from(
    { length: 400_000 },
    (_, index) => `${1_704_205_800_000_000_000n + BigInt(index)},ACME,10.5,1`,
  );
  const big = folder.csv('big.csv', header, rows);
  const { signal, err } = await tapeline(['bars', big, '--out', 'stopped.csv'], {
    cwd,
    onStart: (child) => {
      const look = setInterval(() => {
        if (!folder.names().some((name) => name.includes('partial'))) return;
        clearInterval(look);
        child.kill('SIGTERM');
      }, 5);
    },
  });
  expect(signal).toBe('SIGTERM');
  expect(err).toBe('tapeline bars: stopped; nothing more is written\n');
  expect(folder.names().filter((name) => name.includes('stopped.csv'))).toEqual([]);
});
