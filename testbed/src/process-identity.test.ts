/** A process is told from a later one with its pid, and nothing else is ever signalled. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sleepingServer } from '../test-kit/sleeping-server.ts';
import { findTool } from './find-tool.ts';
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

/** Ends its first thread alone, and goes on in another. */
const firstThreadGone = `
import ctypes, threading, time
threading.Thread(target=time.sleep, args=(60,)).start()
ctypes.CDLL(None).syscall(${process.arch === 'arm64' ? 93 : 60}, 0)
`;

const python = process.platform === 'linux' ? findTool('python3') : undefined;

test.skipIf(python === undefined)(
  'a process runs as long as one of its threads does (needs Linux and Python 3: install python3)',
  async () => {
    const child = spawn(python ?? '', ['-c', firstThreadGone], { stdio: 'ignore' });
    await once(child, 'spawn');
    const pid = child.pid ?? 0;
    await expect.poll(() => readFileSync(`/proc/${pid}/stat`, 'utf8'), { timeout: 10_000 }).toContain(') Z ');
    const identity = identify(pid);
    if (identity === undefined) throw new Error('it counts as ended');
    expect(await ended(identity, 60)).toBe(false);
    await endProcess(identity, 0);
    expect(isAlive(identity)).toBe(false);
  },
);
