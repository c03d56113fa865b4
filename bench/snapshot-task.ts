/**
 * Snapshots in the middle of the day, when the revision horizon is full of bars. In: the file of a tape that lasts
 * longer than the horizon. Out: bytes, and CPU time to take one, to restore it, and to read the retained records again.
 * The restored fold must give the snapshot's very bytes, else the run fails.
 */
import { zstdCompressSync } from 'node:zlib';
import { PartitionFold } from '@tapeline/domain';
import { zstdLevel } from './bytes-task.ts';
import { foldConfig } from './fold-task.ts';
import { measureOnce, medianOf } from './measured-rounds.ts';
import { readTape } from './tape-file.ts';

/** What snapshots took. */
export type SnapshotMeasure = {
  readonly bytes: number;
  readonly bytesZstd: number;
  /** CPU ms, medians. */
  readonly takeMs: number;
  /** CPU ms to begin one that is written in slices, and the longest slice of 32 KiB; medians. */
  readonly beginMs: number;
  readonly longestSliceMs: number;
  readonly restoreMs: number;
  /** CPU ms to read again what the log retains for the bars that can still be rebuilt, and how many records that is. */
  readonly rereadMs: number;
  readonly rereadRecords: number;
};

/** Folds the whole tape with everything on, and takes and restores its snapshot a few times. */
export function measureSnapshot(task: { file: string; rounds: number }): SnapshotMeasure {
  const { records } = readTape(task.file);
  const config = foldConfig('everything', false);
  const fold = PartitionFold.start(config);
  for (const record of records) fold.step([record]);
  const taken = Array.from({ length: task.rounds }, () => measureOnce(() => fold.snapshot()));
  const bytes = taken[0]?.result ?? new Uint8Array(0);
  const sliced = Array.from({ length: task.rounds }, () => writeInSlices(fold, bytes));
  const restored = Array.from({ length: task.rounds }, () => measureOnce(() => restore(config, bytes)));
  const again = restore(config, bytes);
  const retained = records.slice(again.retainFromOffset);
  const reread = measureOnce(() => again.step(retained));
  if (Buffer.compare(again.snapshot(), bytes) !== 0)
    throw new Error('a restored fold gives another snapshot than the one it came from');
  return {
    bytes: bytes.length,
    bytesZstd: zstdCompressSync(bytes, zstdLevel).length,
    takeMs: medianOf(taken.map((round) => round.cpuSeconds)) * 1000,
    beginMs: medianOf(sliced.map((round) => round.beginMs)),
    longestSliceMs: medianOf(sliced.map((round) => round.longestMs)),
    restoreMs: medianOf(restored.map((round) => round.cpuSeconds)) * 1000,
    rereadMs: reread.cpuSeconds * 1000,
    rereadRecords: retained.length,
  };
}

const sliceBytes = 32_768;

function writeInSlices(fold: PartitionFold, expected: Uint8Array): { beginMs: number; longestMs: number } {
  const begun = measureOnce(() => fold.beginSnapshot());
  const writing = begun.result;
  let longest = 0;
  for (let isDone = false; !isDone;) {
    const slice = measureOnce(() => writing.work(sliceBytes));
    isDone = slice.result;
    longest = Math.max(longest, slice.cpuSeconds);
  }
  if (Buffer.compare(Buffer.concat(writing.parts), expected) !== 0)
    throw new Error('a snapshot in slices has other bytes than one in one go');
  return { beginMs: begun.cpuSeconds * 1000, longestMs: longest * 1000 };
}

function restore(config: ReturnType<typeof foldConfig>, bytes: Uint8Array): PartitionFold {
  const restored = PartitionFold.restore(config, bytes);
  if ('code' in restored) throw new Error(`the snapshot cannot be restored: ${restored.code}`);
  return restored;
}
