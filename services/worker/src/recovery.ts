/**
 * From where a partition goes on. In: the snapshots that the store keeps and the offsets that the log keeps. Out: a fold
 * and its open chunks, as the newest usable snapshot has them or from the log's beginning, or why neither can be. Law 8:
 * every snapshot that is passed over is told, with its reason.
 */
import {
  type FoldConfig,
  type OffsetRange,
  PartitionFold,
  type SnapshotChoice,
  type Store,
  type StoredSnapshot,
  type TickLog,
} from '@tapeline/domain';
import type { Clock } from '@tapeline/runtime';
import { PartitionEndedError } from './partition-ended-error.ts';
import type { PartitionProblem } from './partition-status.ts';
import { inSlices } from './slices.ts';
import { TapeChunks } from './tape-chunks.ts';
import { WorkerSnapshotReader } from './worker-snapshot.ts';
import { beginAnew, WorkerFailedError } from './worker-types.ts';

/** Where a partition stands when it begins to read. */
export type Recovered = {
  readonly fold: PartitionFold;
  readonly chunks: TapeChunks;
  /** What the log kept, and which log it is. */
  readonly range: OffsetRange;
  readonly logIdentity: string;
  /** Bytes of the snapshot; 0 = from the log's beginning. */
  readonly snapshotBytes: number;
};

/** What recovery needs. */
export type RecoveryConfig = {
  readonly log: TickLog;
  readonly store: Store;
  readonly fold: FoldConfig;
  readonly clock: Clock;
  /** Ends a pause. */
  readonly stop: AbortSignal;
  /** Hears of each snapshot that is passed over. */
  readonly tell: (problem: PartitionProblem) => void;
};

/** Snapshots that are tried; a store keeps two. */
const generationsMax = 2;
/** From an end of the log that cannot be to the second look, ms: by then another leader is known. */
const secondLookMs = 3_000;
/** Bytes of a snapshot that one call sums, and that one call has the fold read. */
const summedBytes = 1_048_576;
const readBytes = 32_768;

type Usable = { readonly fold: PartitionFold; readonly chunks: TapeChunks };
type Problem = { readonly code: string; readonly message: string };

/**
 * Rejects with `WorkerFailedError` where going on would lose or repeat records silently, and as log and store do where they
 * are away: then it may be called again.
 */
export async function recover(config: RecoveryConfig): Promise<Recovered> {
  const { log, store, fold, tell } = config;
  const { partition } = fold;
  const logIdentity = await log.identity('ticks');
  let range: OffsetRange | undefined;
  let choice: SnapshotChoice = { limit: 1 };
  let passedOver = 0;
  // A snapshot may have a gigabyte: the older one is read only where the newer one cannot be used.
  for (; passedOver < generationsMax; passedOver += 1) {
    const [snapshot] = await store.snapshots(partition, choice);
    if (snapshot === undefined) break;
    range = await rangeFrom(config, snapshot.nextOffset);
    const usable = await usableOf(config, snapshot, { range, logIdentity });
    if (!('code' in usable)) return { ...usable, range, logIdentity, snapshotBytes: snapshot.bytes.length };
    const { code, message } = usable;
    tell({ code, offset: snapshot.nextOffset, dataset: '', symbol: '', detail: message });
    choice = { limit: 1, after: snapshot.nextOffset };
  }
  range ??= await rangeFrom(config, 0);
  if (range.firstOffset > 0) throw logTooShort(partition, range, passedOver);
  const fresh = { fold: PartitionFold.start(fold), chunks: new TapeChunks() };
  return { ...fresh, range, logIdentity, snapshotBytes: 0 };
}

/**
 * What the log keeps, looked at once a snapshot is read: one that somebody saves meanwhile must not lie beyond an end that was
 * seen before. Where the log ends before `nextOffset` it is looked at twice: a leader that lags may tell an end that is past.
 */
async function rangeFrom({ log, fold, clock, stop }: RecoveryConfig, nextOffset: number): Promise<OffsetRange> {
  const range = await log.range('ticks', fold.partition);
  if (range.endOffset >= nextOffset) return range;
  await clock.sleep(secondLookMs, stop);
  return log.range('ticks', fold.partition);
}

type LogNow = Pick<Recovered, 'range' | 'logIdentity'>;

/** In slices, as a state may be large. Rejects with `PartitionEndedError` where it is not wanted any more. */
async function usableOf(
  { fold: settings, clock, stop }: RecoveryConfig,
  stored: StoredSnapshot,
  { range, logIdentity }: LogNow,
): Promise<Usable | Problem> {
  const { partition } = settings;
  const reader = new WorkerSnapshotReader(stored.bytes, partition);
  const snapshot = await inSlices(clock, stop, () => reader.work(summedBytes));
  if (snapshot === undefined) throw endedMeanwhile();
  if ('code' in snapshot) return snapshot;
  // Whatever else is wrong with it: offsets of another log say nothing of this one, nor does what the store has of it.
  if (snapshot.logIdentity !== undefined && snapshot.logIdentity !== logIdentity) {
    throw logOther(partition, snapshot.logIdentity, logIdentity);
  }
  const restoring = PartitionFold.beginRestore(settings, snapshot.fold);
  const fold = await inSlices(clock, stop, () => restoring.work(readBytes));
  if (fold === undefined) throw endedMeanwhile();
  if (!(fold instanceof PartitionFold)) return fold;
  if (fold.nextOffset !== snapshot.nextOffset) {
    return { code: 'SNAPSHOT_DAMAGED', message: 'the snapshot names two offsets: use an older one' };
  }
  // An older snapshot would hide that the log lost records whose outputs are out already.
  if (fold.nextOffset > range.endOffset) throw logReplaced(partition, range, fold.nextOffset);
  if (fold.retainFromOffset < range.firstOffset) {
    const message = `the snapshot needs records from ${fold.retainFromOffset} on, the log keeps them from ${range.firstOffset}`;
    return { code: 'SNAPSHOT_BELOW_RETENTION', message };
  }
  return { fold, chunks: TapeChunks.resume(snapshot.openChunks) };
}

function endedMeanwhile(): PartitionEndedError {
  return new PartitionEndedError('the partition ended while it recovered');
}

function logTooShort(partition: number, range: OffsetRange, snapshots: number): WorkerFailedError {
  const tried = snapshots === 0 ? 'there is no snapshot' : `none of ${snapshots} snapshots can be used`;
  return new WorkerFailedError(
    partition,
    `partition ${partition} cannot go on: ${tried} and the log keeps records from ${range.firstOffset} on, not from 0; ` +
      `bring back the store or the log from a backup, or ${beginAnew}`,
  );
}

function logReplaced(partition: number, range: OffsetRange, nextOffset: number): WorkerFailedError {
  return new WorkerFailedError(
    partition,
    `partition ${partition} cannot go on: its snapshot is of offset ${nextOffset} and the log ends at ${range.endOffset}, ` +
      `so this is not the log that was counted; bring that log back, or ${beginAnew}`,
  );
}

function logOther(partition: number, known: string, found: string): WorkerFailedError {
  return new WorkerFailedError(
    partition,
    `partition ${partition} cannot go on: its snapshot is of log ${known} and this is log ${found}, so the log was deleted ` +
      `or made anew since it was counted; bring that log back, or ${beginAnew}`,
  );
}
