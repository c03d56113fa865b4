/**
 * A worker's snapshot in one go, for tests that need no turns. In: what is in it, or its bytes. Out: the bytes, or what is in
 * them or why they cannot be used. The same work as a worker does a little at a time.
 */
import {
  type WorkerSnapshot,
  type WorkerSnapshotProblem,
  WorkerSnapshotReader,
  WorkerSnapshotWriter,
} from '../src/worker-snapshot.ts';

/** All of the bytes at once. */
export function encodeWorkerSnapshot({ fold, openChunks, ...names }: WorkerSnapshot): Uint8Array {
  return new WorkerSnapshotWriter(names, [fold], openChunks).work(Infinity) as Uint8Array;
}

/** What is in the bytes, or why they cannot be used for this partition. */
export function decodeWorkerSnapshot(bytes: Uint8Array, partition: number): WorkerSnapshot | WorkerSnapshotProblem {
  return new WorkerSnapshotReader(bytes, partition).work(Infinity) as WorkerSnapshot | WorkerSnapshotProblem;
}
