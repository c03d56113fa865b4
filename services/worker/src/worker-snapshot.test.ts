/** A worker's snapshot comes back whole, or not at all and with the reason. */
import { expect, test } from 'vitest';
import { decodeWorkerSnapshot, encodeWorkerSnapshot } from '../test-kit/whole-snapshot.ts';
import type { OpenChunk } from './tape-chunks.ts';
import { type WorkerSnapshot, WorkerSnapshotReader } from './worker-snapshot.ts';

const chunk: OpenChunk = {
  dataset: 'd',
  symbol: 'ÄÖ🙂',
  firstNumber: 7,
  lastNumber: 9,
  firstEventNs: -5n,
  lastEventNs: 2n ** 62n,
  amends: true,
  bytes: Uint8Array.of(1, 2, 3),
  firstClockMs: 1_700_000_000_000,
  segmentBytes: 2,
};

const snapshot: WorkerSnapshot = {
  partition: 3,
  nextOffset: 12,
  logIdentity: 'this-log',
  fold: Uint8Array.of(9, 8, 7, 6),
  openChunks: [chunk, { ...chunk, symbol: 'B', bytes: new Uint8Array(0) }],
};

test('a snapshot comes back as it was', () => {
  expect(decodeWorkerSnapshot(encodeWorkerSnapshot(snapshot), 3)).toEqual(snapshot);
});

test('read a few bytes at a time it is the same, once all are summed', () => {
  const bytes = encodeWorkerSnapshot(snapshot);
  const reader = new WorkerSnapshotReader(bytes, 3);
  const calls = Math.ceil((bytes.length - 12) / 7);
  for (let call = 1; call < calls; call += 1) expect(reader.work(7)).toBeUndefined();
  expect(reader.work(7)).toEqual(snapshot);
});

test('no byte can change unnoticed', () => {
  const bytes = encodeWorkerSnapshot(snapshot);
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Uint8Array.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(decodeWorkerSnapshot(changed, 3), `byte ${at}`).toHaveProperty('code');
  }
});

test('one that was cut off is not used', () => {
  const bytes = encodeWorkerSnapshot(snapshot);
  for (let length = 0; length < bytes.length; length += 1) {
    expect(decodeWorkerSnapshot(bytes.slice(0, length), 3)).toMatchObject({ code: 'SNAPSHOT_DAMAGED' });
  }
});

test('one of another partition or version is not used', () => {
  const bytes = encodeWorkerSnapshot(snapshot);
  expect(decodeWorkerSnapshot(bytes, 4)).toEqual({
    code: 'SNAPSHOT_OF_OTHER_PARTITION',
    message: 'the snapshot is of partition 3, not 4',
  });
  bytes[7] = 9;
  expect(decodeWorkerSnapshot(bytes, 3)).toMatchObject({ code: 'SNAPSHOT_OF_OTHER_VERSION' });
});

test('one of version 1 is read, and says nothing of its log', () => {
  const { logIdentity, ...old } = snapshot;
  expect(logIdentity).toBe('this-log');
  const bytes = encodeWorkerSnapshot(old);
  expect(new DataView(bytes.buffer).getUint32(4)).toBe(1);
  expect(decodeWorkerSnapshot(bytes, 3)).toEqual(old);
});
