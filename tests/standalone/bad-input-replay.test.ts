/**
 * Files and symbols that a replay cannot use, with --once: what is good goes in, what is not has one message that names
 * the file and the remedy, and the exit code says which of both it was.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type MarketEnding, runMarket, startMarket } from './market-process.ts';
import { untilStatus } from './rest.ts';

const folder = mkdtempSync(join(tmpdir(), 'tapeline-bad-replay-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const header = 'ts_event,symbol,price,size';
const rows = ['2024-01-02T14:30:00Z,ACME,10,1', '2024-01-02T14:30:01Z,ACME,11,2'];
const good = made('good.csv', [header, ...rows].join('\n'));
const empty = made('empty.csv', '');
const garbled = made('garbled.csv', Buffer.from(Array.from({ length: 999 }, (_, place) => (place * 37) % 256)));
const missing = join(folder, 'missing.csv');
const badRows = made('bad-rows.csv', [header, 'soon,ACME,10,1', '2024-01-02T14:30:00Z,ACME,ten,1', rows[0]].join('\n'));

function made(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function replay(files: readonly string[], more: readonly string[] = []): Promise<MarketEnding> {
  const dataDir = mkdtempSync(join(folder, 'data-'));
  return runMarket(['--replay', ...files, '--speed', 'max', '--once', '--data-dir', dataDir, ...more]);
}

test('a file that is missing, empty or garbled is told of once, and the good ones beside it go in', async () => {
  const ending = await replay([missing, good, empty, garbled, folder]);
  expect(ending.code, `standard error: ${ending.err}`).toBe(1);
  expect(JSON.parse(ending.out)).toMatchObject({ sent: 2, ticks: 2, instruments: 1, refused: 4 });
  for (const words of [
    `${missing}: there is no such file; check the name`,
    `${empty}: is empty`,
    `${garbled}, line 1`,
    'is a directory',
  ]) {
    expect(ending.err.split(words)).toHaveLength(2);
  }
});

test('files of which none can be read are exit code 2', async () => {
  const ending = await replay([missing, empty]);
  expect(ending.code, `standard error: ${ending.err}`).toBe(2);
  expect(ending.err).toContain('tapeline serve: replay: none of the files of --replay can be read (2)');
  expect(ending.err).not.toMatch(/\bat .*\.ts:/);
});

test('rows that cannot be read are named by file and line, and the others go in', async () => {
  const ending = await replay([badRows]);
  expect(ending.code, `standard error: ${ending.err}`).toBe(1);
  expect(JSON.parse(ending.out)).toMatchObject({ sent: 1, ticks: 1, refused: 2 });
  for (const line of [2, 3]) expect(ending.err).toMatch(new RegExp(`bad-rows\\.csv:${line}: `));
});

test('a file that is given twice in one command line counts once', async () => {
  const copy = made('copy.csv', [header, ...rows].join('\n'));
  const ending = await replay([good, good, copy]);
  expect(ending.code, `standard error: ${ending.err}`).toBe(0);
  expect(JSON.parse(ending.out)).toMatchObject({ sent: 2, ticks: 2, refused: 0 });
});

test('a symbol that no file has is named, and those that are there go in', async () => {
  const none = await replay([good], ['--symbols', 'NOPE']);
  expect(none.code, `standard error: ${none.err}`).toBe(1);
  expect(JSON.parse(none.out)).toMatchObject({ sent: 0, instruments: 0 });
  const some = await replay([good], ['--symbols', 'ACME,NOPE']);
  expect(JSON.parse(some.out)).toMatchObject({ sent: 2, ticks: 2 });
  for (const { err } of [none, some]) {
    expect(err).toContain(
      'tapeline serve: --symbols "NOPE" is in no file; write it as the files do, or leave --symbols away',
    );
  }
});

test('without --once the market stays up beside a file that cannot be read', async () => {
  const dataDir = mkdtempSync(join(folder, 'data-'));
  const market = await startMarket(['--replay', missing, good, '--speed', 'max', '--data-dir', dataDir]);
  try {
    await untilStatus(market.http, ({ feeds, ticksTotal }) => feeds[0]?.state === 'ended' && ticksTotal === 2, 20_000);
    expect((await fetch(`${market.http}/readyz`)).status).toBe(200);
    expect(market.err()).toContain(`${missing}: there is no such file; check the name`);
  } finally {
    expect((await market.end('SIGTERM')).signal).toBe('SIGTERM');
  }
});

test('without --once and without a file that can be read it ends with exit code 2, as there is nothing to show', async () => {
  const dataDir = mkdtempSync(join(folder, 'data-'));
  const ending = await runMarket(['--replay', missing, '--data-dir', dataDir]);
  expect(ending.code, `standard error: ${ending.err}`).toBe(2);
  expect(ending.err).toContain('none of the files of --replay can be read');
  expect(ending.out).toBe('');
});
