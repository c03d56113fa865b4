/** A backend on a directory: what it is, what it says, and that a start which fails leaves nothing open. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import {
  createHealth,
  createMetrics,
  type Health,
  readOptions,
  silentLogger,
  systemClock,
  systemRandom,
} from '@tapeline/runtime';
import { afterAll, expect, test } from 'vitest';
import { advertisedAddress } from './advertised-address.ts';
import { BackendError, type BackendParts, isBackendProblem } from './backend.ts';
import { backendOptions, type BackendValues } from './backend-options.ts';
import { openBackend } from './open-backend.ts';
import { runOnBackend } from './run-on-backend.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'tapeline-backend-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function values(...args: readonly string[]): BackendValues {
  const line = readOptions(backendOptions, args, {});
  if (line.kind !== 'read') throw new Error(JSON.stringify(line));
  return line.values;
}

function parts(health: Health = createHealth()): BackendParts {
  const metrics = createMetrics({ ofProcess: false });
  return { clock: systemClock, random: systemRandom, logger: silentLogger, metrics, health };
}

test('a directory serves one process, which owns every partition and has nobody beside it', async () => {
  const health = createHealth();
  const dataDir = path.join(folder, 'one');
  const backend = await openBackend(values('--data-dir', dataDir, '--partitions', '3'), parts(health));
  try {
    expect([backend.kind, backend.place, backend.workers, backend.log.partitionCount]).toEqual([
      'embedded',
      dataDir,
      undefined,
      3,
    ]);
    expect(health.report()).toMatchObject({ ready: true, parts: [{ part: 'backend', detail: dataDir }] });
    const heard: (readonly number[])[] = [];
    (await backend.joinWorkers('127.0.0.1:1')).follow((partitions) => heard.push(partitions));
    expect(heard).toEqual([[0, 1, 2]]);
    expect(await backend.partitions.addPartitions(5)).toBe(5);
    expect([backend.log.basePartitions, backend.log.partitionCount]).toEqual([3, 3]);
    expect([await backend.log.refreshPartitions(), backend.log.partitionCount]).toEqual([5, 5]);
    await backend.control.append('claim/1', Uint8Array.of(1));
    expect(await backend.control.endOffset()).toBe(1);
    expect(backend.limits.length).toBeGreaterThan(0);
  } finally {
    await backend.close();
    await backend.close();
  }
});

test('who owns all partitions owns those that come into use, and hears of each rise once', async () => {
  const dataDir = path.join(folder, 'grown');
  const backend = await openBackend(values('--data-dir', dataDir, '--partitions', '2'), parts());
  try {
    const ownership = await backend.joinWorkers('127.0.0.1:1');
    const heard: (readonly number[])[] = [];
    const stop = ownership.follow((partitions) => heard.push(partitions));
    ownership.usePartitions(4);
    ownership.usePartitions(3);
    ownership.usePartitions(4);
    stop();
    ownership.usePartitions(5);
    expect(heard).toEqual([
      [0, 1],
      [0, 1, 2, 3],
    ]);
  } finally {
    await backend.close();
  }
});

test('a directory that cannot be used is a problem for a person, and nothing stays open', async () => {
  const file = path.join(folder, 'file');
  writeFileSync(file, 'mine');
  const health = createHealth();
  const opening = openBackend(values('--data-dir', file), parts(health));
  await expect(opening).rejects.toSatisfy(isBackendProblem);
  expect(health.report().ready).toBe(false);
  expect([isBackendProblem(new BackendError('no')), isBackendProblem(new TypeError('no'))]).toEqual([true, false]);
});

test('work that fails closes what it worked on, so that the next may open it', async () => {
  const dataDir = path.join(folder, 'again');
  const run = (work: () => Promise<void>): Promise<void> =>
    runOnBackend({
      values: values('--data-dir', dataDir),
      probes: { 'metrics-host': '127.0.0.1', 'metrics-port': 0 },
      aloneLimit: 'alone',
      work,
      logger: silentLogger,
      stop: new AbortController().signal,
    });
  await expect(
    run(async () => {
      throw new TypeError('a defect');
    }),
  ).rejects.toThrow('a defect');
  let worked = 0;
  await run(async () => void (worked += 1));
  expect(worked).toBe(1);
});

test.each([
  ['127.0.0.1', '127.0.0.1:5'],
  ['worker-0.svc', 'worker-0.svc:5'],
  ['::1', '[::1]:5'],
  ['::', `${hostname()}:5`],
  ['0.0.0.0', `${hostname()}:5`],
])('a server that listens on %s is found at %s', (host, address) => {
  expect(advertisedAddress(host, 5)).toBe(address);
});
