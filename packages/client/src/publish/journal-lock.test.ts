/** Who holds a journal. In: locks as processes leave them. Out: a lock of a run that is over is taken, of none other. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockJournal, unlockJournal } from './journal-lock.ts';

let folder = '';
let file = '';

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tapeline-lock-'));
  file = path.join(folder, 'journal');
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function leave(...words: readonly (string | number)[]): void {
  writeFileSync(`${file}.lock`, words.join(' '));
}

test('within one process a journal is in use until it is unlocked', () => {
  lockJournal(file);
  expect(() => lockJournal(file)).toThrow(`in use by process ${process.pid}`);
  unlockJournal(file);
  expect(existsSync(`${file}.lock`)).toBe(false);
  lockJournal(file);
});

test.each([
  ['its number alone', []],
  ['a token of another run', ['1b4e28ba-2fa1-11d2-883f-0016d3cca427']],
  ['a token and a start of another run', ['1b4e28ba-2fa1-11d2-883f-0016d3cca427', 'boot:1']],
])('a lock that a killed process left under the number that this one has now is taken: %s', (_, words) => {
  leave(process.pid, ...words);
  lockJournal(file);
  expect(() => lockJournal(file)).toThrow('in use');
});

test.each(['', 'x', '0', '999999999'])('a lock of nobody is taken: "%s"', (text) => {
  leave(text);
  lockJournal(file);
  expect(() => lockJournal(file)).toThrow('in use');
});

/** A program that runs until the test ends it. */
async function running(): Promise<ChildProcess> {
  const program = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1_000)']);
  await new Promise((resolve) => program.once('spawn', resolve));
  return program;
}

async function ended(program: ChildProcess): Promise<void> {
  const exit = new Promise((resolve) => program.once('exit', resolve));
  program.kill('SIGKILL');
  await exit;
}

test('another process that runs holds its lock', async () => {
  const other = await running();
  leave(other.pid ?? 0, 'token');
  expect(() => lockJournal(file)).toThrow(`in use by process ${other.pid}`);
  await ended(other);
});

const hasStarts = existsSync('/proc/self/stat');

test.runIf(hasStarts)(
  'a process with the number of a killed one holds nothing (needs /proc: run on Linux)',
  async () => {
    const other = await running();
    leave(other.pid ?? 0, 'token', 'boot:1');
    lockJournal(file);
    expect(readFileSync(`${file}.lock`, 'utf8')).toMatch(/^\d+ [-0-9a-f]{36} [-0-9a-f]{36}:\d+$/);
    await ended(other);
  },
);

test.runIf(hasStarts)('another thread of this process holds its lock (needs /proc: run on Linux)', () => {
  lockJournal(file);
  const [pid = '', , start = ''] = readFileSync(`${file}.lock`, 'utf8').split(' ');
  leave(pid, '1b4e28ba-2fa1-11d2-883f-0016d3cca427', start);
  expect(() => lockJournal(file)).toThrow('in use');
});
