/**
 * A worker's snapshot on its way from the fold to the store, a slice at a time. In: a snapshot that the fold has begun, and
 * the chunks that were open with it. Out: the bytes of `WorkerSnapshotWriter`, once all are there. No call takes long:
 * each writes, or copies and sums, so many bytes.
 */
import type { SnapshotInProgress } from '@tapeline/domain';
import { type WorkerSnapshotNames, WorkerSnapshotWriter } from './worker-snapshot.ts';
import type { OpenChunk } from './tape-chunks.ts';

/** Bytes that one call has the fold write, and that one call copies. */
const writtenBytes = 32_768;
const copiedBytes = 262_144;

/** One snapshot. */
export class SnapshotBuild {
  readonly #fold: SnapshotInProgress;
  readonly #names: WorkerSnapshotNames;
  readonly #openChunks: readonly OpenChunk[];
  #writer: WorkerSnapshotWriter | undefined;

  constructor(fold: SnapshotInProgress, names: WorkerSnapshotNames, openChunks: readonly OpenChunk[]) {
    this.#fold = fold;
    this.#names = names;
    this.#openChunks = openChunks;
  }

  /** The first record that a restart from it reads again; only once `work` answered bytes. */
  get retainFromOffset(): number {
    return this.#fold.retainFromOffset;
  }

  /** Goes on; answers the bytes once all are there. */
  work(): Uint8Array | undefined {
    if (this.#writer !== undefined) return this.#writer.work(copiedBytes);
    if (!this.#fold.work(writtenBytes)) return undefined;
    this.#writer = new WorkerSnapshotWriter(this.#names, this.#fold.parts, this.#openChunks);
    return undefined;
  }

  /** It is not wanted any more. */
  abandon(): void {
    this.#fold.abandon();
  }
}
