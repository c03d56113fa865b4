/** A disk or a quota that is full refuses what is new, keeps what was acknowledged, and is got over without a restart. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type SnapshotClaim, LogError, type LogRecordInput, StoreError } from '@tapeline/domain';
import { ManualClock } from '@tapeline/runtime';
import { expect, test, vi } from 'vitest';
import { newDirectory, openIn, rejectionOf } from '../test-kit/data-directory.ts';
import { numberedRecord, numberOfRecord } from '../test-kit/numbered-record.ts';
import { canMount, remount, smallDisk } from '../test-kit/small-disk.ts';
import { barBeforeSnapshot } from '../test-kit/appending-process.ts';
import { type Embedded, quotaBytesMin } from './index.ts';

const mounts = canMount();
/** Retention works beside the test. */
const patience = { timeout: 15_000, interval: 5 };

/** Appends numbered records until one is refused; answers how many were acknowledged, and the refusal. */
async function fill({ log }: Embedded, from: number, max: number): Promise<{ count: number; refusal: unknown }> {
  for (let number = from; number < max; number += 1) {
    try {
      expect((await log.append('ticks', 0, numberedRecord(number))).offset).toBe(number);
    } catch (refusal) {
      return { count: number, refusal };
    }
  }
  return { count: max, refusal: undefined };
}

async function expectNumbers({ log }: Embedded, count: number): Promise<void> {
  expect(await log.range('ticks', 0)).toEqual({ firstOffset: 0, endOffset: count });
  const reader = log.open('ticks', 0, 0);
  const records: LogRecordInput[] = [];
  while (records.length < count) records.push(...((await reader.next()) ?? []));
  await reader.close();
  expect(records.map(({ bytes }) => numberOfRecord(bytes))).toEqual(
    Array.from({ length: count }, (_, number) => number),
  );
}

test.runIf(mounts)(
  'a full disk refuses appends, stays readable, and goes on once there is space (needs a tmpfs: run as root on Linux)',
  async () => {
    const dataDir = smallDisk('size=8m');
    const opened = await openIn(dataDir);
    const { count, refusal } = await fill(opened, 0, 10_000);
    expect(refusal).toBeInstanceOf(LogError);
    expect(refusal).toMatchObject({
      code: 'LOG_FULL',
      message: 'nothing was appended, because the disk is full: make space on it, and it goes on by itself',
    });
    await expectNumbers(opened, count);
    const again = await rejectionOf(opened.log.append('ticks', 0, numberedRecord(count)));
    expect(again).toMatchObject({ code: 'LOG_FULL' });
    remount(dataDir, 'size=32m');
    const more = await fill(opened, count, count + 500);
    expect(more).toEqual({ count: count + 500, refusal: undefined });
    await expectNumbers(opened, count + 500);
    await opened.close();
    await expectNumbers(await openIn(dataDir), count + 500);
  },
);

test.runIf(mounts)(
  'a process that died on a full disk has lost nothing when it starts again (needs a tmpfs: run as root on Linux)',
  async () => {
    const dataDir = smallDisk('size=8m');
    const opened = await openIn(dataDir);
    const { count } = await fill(opened, 0, 10_000);
    const ballast = join(dataDir, 'ballast');
    await opened.close();
    writeFileSync(ballast, '');
    const refusal = await rejectionOf(openOnFullDisk(dataDir, ballast));
    expect(refusal).toMatchObject({ code: 'DATA_DIR_FULL' });
    expect(String(refusal)).toContain('make space on its disk and start again');
    rmSync(ballast);
    remount(dataDir, 'size=32m');
    await expectNumbers(await openIn(dataDir), count);
  },
);

/** Fills the disk to its last byte, and opens. */
async function openOnFullDisk(dataDir: string, ballast: string): Promise<Embedded> {
  for (let size = 4_194_304; size >= 1; size = Math.floor(size / 2)) while (isWritten(ballast, size));
  return openIn(dataDir);
}

function isWritten(file: string, size: number): boolean {
  try {
    writeFileSync(file, new Uint8Array(size), { flag: 'a' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false;
    throw error;
  }
}

test.runIf(mounts)(
  'a store on a full disk refuses writes, stays readable, and goes on once there is space (needs a tmpfs: run as root on Linux)',
  async () => {
    const dataDir = smallDisk('size=8m');
    const { store } = await openIn(dataDir);
    await store.writeBars([barBeforeSnapshot(1)]);
    const bytes = new Uint8Array(500_000).fill(1);
    const claims = await Promise.all(
      Array.from({ length: 100 }, async (_, partition) => store.claimSnapshots(partition)),
    );
    const save = async (partition: number): Promise<void> =>
      store.saveSnapshot({ partition, nextOffset: 1, bytes }, claims[partition] as SnapshotClaim);
    let saved = 0;
    let refusal: unknown;
    for (let partition = 0; partition < 100 && refusal === undefined; partition += 1) {
      refusal = await save(partition).catch((error: unknown) => error);
      if (refusal === undefined) saved += 1;
    }
    expect(refusal).toBeInstanceOf(StoreError);
    expect(refusal).toMatchObject({ code: 'STORE_FULL' });
    for (let partition = 0; partition < saved; partition += 1) expect(await store.snapshots(partition)).toHaveLength(1);
    expect(await store.snapshots(saved)).toEqual([]);
    const { dataset, symbol, interval, profile } = barBeforeSnapshot(1);
    expect(await store.bars({ dataset, symbol, interval, profile, newestFirst: true, limit: 1 })).toHaveLength(1);
    remount(dataDir, 'size=32m');
    await save(saved);
    expect(await store.snapshots(saved)).toHaveLength(1);
  },
);

test('at a quota ticks are refused first, then bars and the store, and retention makes room again', async () => {
  const clock = new ManualClock(1_760_000_000_000);
  const retentionMs = 60_000;
  const opened = await openIn(newDirectory(), { quotaBytes: quotaBytesMin, clock, retentionMs });
  const { log, store } = opened;
  const big = new Uint8Array(4_000_000);
  let ticks = 0;
  let refusal: unknown;
  for (; refusal === undefined && ticks < 100; ticks += 1) {
    refusal = await log.append('ticks', 0, big).then(
      () => undefined,
      (error: unknown) => error,
    );
  }
  expect(refusal).toMatchObject({
    code: 'LOG_FULL',
    message: `nothing was appended, because the quota of ${quotaBytesMin} bytes is used up: raise it, or keep the log for a shorter time`,
  });
  await log.append('bars', 0, new Uint8Array(2_000_000));
  expect(await rejectionOf(log.append('bars', 0, new Uint8Array(8_000_000)))).toMatchObject({ code: 'LOG_FULL' });
  const claims = await Promise.all([0, 1, 2].map(async (partition) => store.claimSnapshots(partition)));
  const save = async (partition: number): Promise<void> =>
    store.saveSnapshot(
      { partition, nextOffset: 1, bytes: new Uint8Array(4_000_000) },
      claims[partition] as SnapshotClaim,
    );
  await save(0);
  await save(1);
  const full = await rejectionOf(save(2));
  expect(full).toMatchObject({ code: 'STORE_FULL' });
  expect(await store.snapshots(1)).toHaveLength(1);
  log.pin('ticks', 0, 10);
  await clock.advance(retentionMs + 1);
  await vi.waitUntil(() => clock.sleeping > 0, patience);
  await clock.advance(retentionMs);
  await vi.waitFor(async () => expect(await log.range('ticks', 0)).toMatchObject({ firstOffset: 10 }), patience);
  await log.append('ticks', 0, big);
  await save(2);
});
