/** A server is waited for with a bound, and one that does not come says why. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ServerProcess } from './server-process.ts';

let directory = '';

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'server-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

function server(script: string, readyWithinMs = 10_000): ServerProcess {
  return new ServerProcess({
    name: 'the server',
    command: process.execPath,
    args: ['-e', script],
    directory,
    logFile: path.join(directory, 'server.log'),
    readyLines: [/ready now/],
    readyWithinMs,
    stays: false,
  });
}

const serving = "console.log('ready now'); setInterval(() => {}, 1_000)";

test('a server is ready by its log, can be killed and started again', async () => {
  const one = server(serving);
  await one.start();
  const first = one.pid;
  expect(one.isRunning).toBe(true);
  const { stopped } = one;
  await one.kill('SIGKILL');
  await stopped;
  expect(one.isRunning).toBe(false);
  await one.start();
  expect(one.pid).not.toBe(first);
  await one.kill('SIGTERM');
  expect(one.isRunning).toBe(false);
});

test('a second start of a running server is refused', async () => {
  const one = server(serving);
  await one.start();
  await expect(one.start()).rejects.toThrow('runs already');
  await one.kill();
});

test('a server that ends by itself is told with its last lines', async () => {
  const one = server("console.error('ERROR the disk is gone'); process.exit(3)");
  await expect(one.start()).rejects.toMatchObject({
    code: 'SERVER_ENDED',
    message: expect.stringContaining('ERROR the disk is gone') as string,
  });
});

test('a server that never says that it is ready is given up in time', async () => {
  const one = server("console.log('still thinking'); setInterval(() => {}, 1_000)", 300);
  await expect(one.start()).rejects.toMatchObject({
    code: 'NOT_READY',
    message: expect.stringMatching(/not ready within 300 ms.*ready now[^]*still thinking/) as string,
  });
  await one.kill();
});

test('a program that is not there is told at once', async () => {
  const one = new ServerProcess({
    name: 'nothing',
    command: path.join(directory, 'no-such-program'),
    args: [],
    directory,
    logFile: path.join(directory, 'server.log'),
    readyLines: [],
    readyWithinMs: 1_000,
    stays: false,
  });
  await expect(one.start()).rejects.toMatchObject({ code: 'ENOENT' });
});
