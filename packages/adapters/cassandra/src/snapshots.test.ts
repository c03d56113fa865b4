/** Snapshots on nodes that take less at once than a part has. */
import { StoreError } from '@tapeline/domain';
import { createMetrics, type RandomSource, silentLogger, systemClock } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { HandSession } from '../test-kit/hand-session.ts';
import { PatientReads } from './patient-reads.ts';
import { SnapshotHeaders } from './snapshot-headers.ts';
import { snapshotLimits, Snapshots } from './snapshots.ts';
import { storeMetrics } from './store-metrics.ts';
import { Writer } from './writer.ts';

const random: RandomSource = { next: () => 0.5, bits: () => 0n };

function snapshotsOn(session: HandSession): { readonly snapshots: Snapshots; readonly warnings: string[] } {
  const warnings: string[] = [];
  const metrics = storeMetrics(createMetrics({ ofProcess: false }));
  const parts = { clock: systemClock, random, metrics, diagnose: async () => undefined };
  const reads = new PatientReads({ ...parts, session });
  const snapshots = new Snapshots({
    session,
    writer: new Writer({ ...parts, retryForMs: 0 }),
    reads,
    headers: new SnapshotHeaders(session, reads, 'hand'),
    stream: 'hand',
    logger: { ...silentLogger, warn: (message) => void warnings.push(message) },
    metrics,
  });
  return { snapshots, warnings };
}

function bytesOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (at * 31) & 255);
}

test('a node that refuses a part as too large gets smaller ones, from then on, and all snapshots are read', async () => {
  const session = new HandSession();
  const { snapshots, warnings } = snapshotsOn(session);
  const claim = await snapshots.claim(0);
  const large = { partition: 0, nextOffset: 1, bytes: bytesOf(600_000) };
  await snapshots.save(large, claim);
  expect(session.parts.size).toBe(2);
  session.partBytesMax = 48 * 1_024;
  const small = { partition: 0, nextOffset: 2, bytes: bytesOf(600_001) };
  await snapshots.save(small, claim);
  expect(await snapshots.read(0)).toEqual([small, large]);
  // The torn try went as well.
  expect(session.parts.size).toBe(2 + Math.ceil(600_001 / snapshotLimits.smallPartBytes));
  await snapshots.save({ ...small, nextOffset: 3 }, claim);
  expect([warnings.length, (await snapshots.read(0))[0]?.nextOffset]).toEqual([1, 3]);
});

test('partitions that meet the limit at once all go on with smaller parts', async () => {
  const session = new HandSession();
  session.partBytesMax = 48 * 1_024;
  const { snapshots } = snapshotsOn(session);
  const claim = await snapshots.claim(0);
  const both = [1, 2].map((nextOffset) => ({ partition: 0, nextOffset, bytes: bytesOf(600_000 + nextOffset) }));
  await Promise.all(both.map((one) => snapshots.save(one, claim)));
  expect(await snapshots.read(0)).toEqual(expect.arrayContaining(both));
});

test('sizes around both parts come back as they were', async () => {
  const session = new HandSession();
  session.partBytesMax = 48 * 1_024;
  const { snapshots } = snapshotsOn(session);
  const claim = await snapshots.claim(0);
  for (const [nextOffset, length] of [0, 1, 32_767, 32_768, 32_769, 524_288, 524_289].entries()) {
    const saved = { partition: 0, nextOffset, bytes: bytesOf(length) };
    await snapshots.save(saved, claim);
    expect((await snapshots.read(0))[0]).toEqual(saved);
  }
});

test('a node that refuses the smaller parts, too, names its limit, and nothing is tried again', async () => {
  const session = new HandSession();
  session.partBytesMax = 10_000;
  const { snapshots } = snapshotsOn(session);
  const claim = await snapshots.claim(0);
  const refused = await snapshots.save({ partition: 0, nextOffset: 1, bytes: bytesOf(600_000) }, claim).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(refused).toBeInstanceOf(StoreError);
  expect(String(refused)).toContain('set max_mutation_size of its nodes to 1MiB or more');
  expect(await snapshots.read(0)).toEqual([]);
});
