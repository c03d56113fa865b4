/** A process is told from a later one with its pid, and nothing else is ever signalled. */
import { expect, test } from 'vitest';
import { sleepingServer } from '../test-kit/sleeping-server.ts';
import { endProcess, ended, identify, isAlive, signal } from './process-identity.ts';

test('a process is alive until it is killed, and then nothing has its identity', async () => {
  const server = await sleepingServer();
  expect(isAlive(server)).toBe(true);
  expect(signal(server, 'SIGKILL')).toBe(true);
  expect(await ended(server, 5_000)).toBe(true);
  expect(signal(server, 'SIGKILL')).toBe(false);
});

test('a process with the same pid and another start is not signalled', async () => {
  const server = await sleepingServer();
  const earlier = { pid: server.pid, startedAt: 'before' };
  expect(isAlive(earlier)).toBe(false);
  expect(signal(earlier, 'SIGKILL')).toBe(false);
  await endProcess(earlier, 0);
  expect(isAlive(server)).toBe(true);
  await endProcess(server, 1_000);
});

test('a process that SIGSTOP holds is alive, and can be ended', async () => {
  const server = await sleepingServer();
  signal(server, 'SIGSTOP');
  expect(isAlive(server)).toBe(true);
  await endProcess(server, 5_000);
  expect(isAlive(server)).toBe(false);
});

test('waiting for the end of a process that goes on is bounded', async () => {
  const server = await sleepingServer();
  expect(await ended(server, 60)).toBe(false);
  await endProcess(server, 0);
});

test('a pid that nobody has is no process', () => {
  expect(identify(2 ** 22 + 1)).toBeUndefined();
});
