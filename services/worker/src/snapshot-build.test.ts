/** A snapshot made slice by slice is the one made at once, and is of the state at which it began. */
import { foldConfigDefaults, PartitionFold } from '@tapeline/domain';
import { expect, test } from 'vitest';
import { decodeWorkerSnapshot, encodeWorkerSnapshot } from '../test-kit/whole-snapshot.ts';
import { SnapshotBuild } from './snapshot-build.ts';
import type { OpenChunk } from './tape-chunks.ts';
import { WorkerSnapshotWriter } from './worker-snapshot.ts';

const names = { partition: 0, nextOffset: 0, logIdentity: 'log' };

const chunk: OpenChunk = {
  dataset: 'd',
  symbol: 's',
  firstNumber: 1,
  lastNumber: 2,
  firstEventNs: 3n,
  lastEventNs: 4n,
  amends: false,
  firstClockMs: 5,
  segmentBytes: 6,
  bytes: Uint8Array.of(7, 8, 9),
};

test('parts copied in any slices give the bytes of one copy', () => {
  const fold = Uint8Array.from({ length: 1_000 }, (_, index) => index & 255);
  const whole = encodeWorkerSnapshot({ ...names, fold, openChunks: [chunk] });
  const calls: number[] = [];
  for (const slice of [7, 999, 1_000_000]) {
    const parts = [fold.subarray(0, 10), fold.subarray(10, 10), fold.subarray(10)];
    const writer = new WorkerSnapshotWriter(names, parts, [chunk]);
    let bytes = writer.work(slice);
    let count = 1;
    for (; bytes === undefined; count += 1) bytes = writer.work(slice);
    expect(bytes).toEqual(whole);
    calls.push(count);
  }
  expect(calls[0]).toBeGreaterThan(calls[1] ?? 0);
  expect(calls[1]).toBeGreaterThan(1);
  expect(calls[2]).toBe(1);
});

test('a build ends with bytes that are read again, and its fold can begin another', () => {
  const fold = PartitionFold.start({ ...foldConfigDefaults, partition: 0 });
  const build = new SnapshotBuild(fold.beginSnapshot(), names, [chunk]);
  let bytes = build.work();
  for (let calls = 0; bytes === undefined && calls < 10; calls += 1) bytes = build.work();
  const read = decodeWorkerSnapshot(bytes ?? new Uint8Array(0), 0);
  expect(read).toMatchObject({ ...names, fold: fold.snapshot(), openChunks: [chunk] });
  expect(build.retainFromOffset).toBe(0);
  new SnapshotBuild(fold.beginSnapshot(), names, []).abandon();
  expect(fold.beginSnapshot().nextOffset).toBe(0);
});
