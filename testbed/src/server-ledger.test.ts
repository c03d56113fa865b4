/** No server outlives its owner: whoever comes next ends it. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sleepingServer } from '../test-kit/sleeping-server.ts';
import { endProcess, ended, isAlive } from './process-identity.ts';
import { endServersOf, forgetServer, noteServer, ownIdentity, sweepOrphans } from './server-ledger.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'ledger-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const gone = { pid: 2 ** 22 + 1, startedAt: '1' };

test('a server whose owner is gone is ended and its folder removed', async () => {
  const server = await sleepingServer();
  const directory = path.join(folder, 'data');
  mkdirSync(directory);
  noteServer({ server, owner: gone, directory }, folder);
  expect(sweepOrphans(folder)).toEqual([server.pid]);
  expect(await ended(server, 5_000)).toBe(true);
  expect(existsSync(directory)).toBe(false);
  expect(sweepOrphans(folder)).toEqual([]);
});

test('a server whose owner lives is left alone', async () => {
  const server = await sleepingServer();
  noteServer({ server, owner: ownIdentity() }, folder);
  expect(sweepOrphans(folder)).toEqual([]);
  expect(isAlive(server)).toBe(true);
  await endProcess(server, 0);
});

test('an owner ends its own servers and nobody else’s', async () => {
  const own = await sleepingServer();
  const other = await sleepingServer();
  noteServer({ server: own, owner: ownIdentity() }, folder);
  noteServer({ server: other, owner: gone }, folder);
  await endServersOf(ownIdentity(), folder);
  expect([isAlive(own), isAlive(other)]).toEqual([false, true]);
  await endProcess(other, 0);
});

test('a server whose note was taken back is not touched', async () => {
  const server = await sleepingServer();
  noteServer({ server, owner: gone }, folder);
  forgetServer(server, folder);
  expect(sweepOrphans(folder)).toEqual([]);
  expect(isAlive(server)).toBe(true);
  await endProcess(server, 0);
});

test('a note that is half written is left for the next sweep', () => {
  writeFileSync(path.join(folder, '1-1.json'), '{"server":');
  expect(sweepOrphans(folder)).toEqual([]);
  expect(existsSync(path.join(folder, '1-1.json'))).toBe(true);
});
