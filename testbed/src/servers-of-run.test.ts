/** One server of a kind in a run, whoever asks and however many ask at once. */
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sleepingServer } from '../test-kit/sleeping-server.ts';
import { isAlive } from './process-identity.ts';
import { noteServer } from './server-ledger.ts';
import { closeRun, openRun, serverOfRun } from './servers-of-run.ts';
import { TestbedError } from './testbed-error.ts';

let run = '';

beforeEach(() => {
  run = openRun();
});

afterEach(() => closeRun(run));

test('many who ask at once get the one server that was started', async () => {
  let starts = 0;
  const start = async (): Promise<{ port: number }> => {
    starts += 1;
    await sleep(50);
    return { port: 1_000 + starts };
  };
  const facts = await Promise.all(Array.from({ length: 8 }, () => serverOfRun(run, 'kafka', start)));
  expect(facts).toEqual(Array(8).fill({ port: 1_001 }));
  expect(await serverOfRun(run, 'kafka', start)).toEqual({ port: 1_001 });
  expect(starts).toBe(1);
});

test('each kind has a server of its own', async () => {
  expect(await serverOfRun(run, 'kafka', () => Promise.resolve('log'))).toBe('log');
  expect(await serverOfRun(run, 'cassandra', () => Promise.resolve('store'))).toBe('store');
});

test('a start that failed fails for everybody, with its code, and is not repeated', async () => {
  let starts = 0;
  const start = (): Promise<never> => {
    starts += 1;
    return Promise.reject(new TestbedError('JAVA_MISSING', 'needs Java 17'));
  };
  for (let asked = 0; asked < 2; asked += 1) {
    await expect(serverOfRun(run, 'kafka', start)).rejects.toMatchObject({
      code: 'JAVA_MISSING',
      message: 'needs Java 17',
    });
  }
  expect(starts).toBe(1);
});

test('when who was starting it is gone, the next starts it', async () => {
  writeFileSync(path.join(run, 'kafka.lock'), JSON.stringify({ pid: 2 ** 22 + 1, startedAt: '1' }));
  expect(await serverOfRun(run, 'kafka', () => Promise.resolve('there'))).toBe('there');
});

test('a run that is closed ends its servers and leaves no folder', async () => {
  const server = await sleepingServer();
  await serverOfRun(run, 'kafka', (owner) => {
    noteServer({ server, owner });
    return Promise.resolve({});
  });
  await closeRun(run);
  expect(isAlive(server)).toBe(false);
  expect(existsSync(run)).toBe(false);
});

test('what is left of a run whose process is gone is removed by the next', async () => {
  const left = openRun();
  writeFileSync(path.join(left, 'owner.json'), JSON.stringify({ pid: 2 ** 22 + 1, startedAt: '1' }));
  await closeRun(openRun());
  expect(existsSync(left)).toBe(false);
});

test('a folder that is no run is refused', async () => {
  await closeRun(run);
  run = openRun();
  const other = path.join(run, '.');
  writeFileSync(path.join(other, 'owner.json'), '');
  await expect(serverOfRun(other, 'kafka', () => Promise.resolve(1))).rejects.toThrow('is no folder of a run');
});
