/**
 * What a worker needs and what it answers. In: nothing. Out: the types and the error with which a partition stops for
 * good. Law 5: ownership is for speed; two workers on one partition put out the same and do no harm.
 */
import {
  type FormingBars,
  LogError,
  type LogRetention,
  type Ownership,
  type Store,
  type TickLog,
} from '@tapeline/domain';
import type { Clock, Health, Logger, Metrics, RandomSource } from '@tapeline/runtime';
import type { PartitionStatus } from './partition-status.ts';
import type { WorkerConfig } from './worker-config.ts';
import type { WorkerControl } from './worker-control.ts';

/** The remedy where what was counted and the log do not fit any more. */
export const beginAnew = 'begin with an empty data directory (with Kafka and Cassandra: another stream and keyspace)';

/** What a worker works with; all are the caller's to close, after the worker. */
export type WorkerParts = {
  /** Where its retention can be held back, ticks are pinned that a restart from either kept snapshot needs. */
  readonly log: TickLog & Partial<LogRetention>;
  readonly store: Store;
  readonly forming: FormingBars;
  /** Says which partitions are the worker's; `ownsAll` where it is alone. The worker gives them back when it stops. */
  readonly ownership: Ownership;
  /** The map that the worker follows, and where it reports; absent where nobody places instruments. */
  readonly control?: WorkerControl;
  readonly clock: Clock;
  /** Spaces retries; the machine's if absent. */
  readonly random?: RandomSource;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** The worker speaks as the part `worker`: ready once each of its partitions has caught up with where its log ended. */
  readonly health: Health;
  readonly config: WorkerConfig;
};

/** What all partitions of a worker did since it began, those that others own by now included. */
export type WorkerTotals = {
  /** Ticks counted, and revisions of bars put out; those before the worker's first step are not in it. */
  readonly ticks: number;
  readonly bars: number;
  /** Of the partitions owned now, by the log's time, over the last half minute or so. */
  readonly ticksPerSecond: number;
};

/** A running worker. */
export type Worker = {
  /**
   * Resolves once everything that stood in the partitions owned at the call is counted and its outputs are durable, but
   * for those that are lost meanwhile. Rejects with `WorkerFailedError` when one of them fails before, and when the
   * worker is stopped before.
   */
  caughtUp(): Promise<void>;
  /** One entry for each partition owned now, ascending. */
  status(): PartitionStatus[];
  totals(): WorkerTotals;
  /** Whether the partition is owned now and has the instrument, so that its forming bars are of now. */
  servesForming(partition: number, dataset: string, symbol: string): boolean;
  /**
   * Stops reading, settles outputs, saves snapshots, and gives the partitions back. Resolves within `stopWaitMs` and a
   * tenth more also when store or log are away: what is not durable then comes again after the next start. May be
   * called twice.
   */
  stop(): Promise<void>;
  /**
   * Rejects with `WorkerFailedError` when the first partition cannot go on, or when nobody can say any more what is
   * owned; whatever can goes on until `stop`.
   */
  readonly failed: Promise<never>;
};

/** Why a partition, or the worker, cannot go on; the message says what to do. */
export class WorkerFailedError extends Error {
  override name = 'WorkerFailedError';
  /** Absent where it is of the worker as a whole. */
  readonly partition: number | undefined;

  constructor(partition: number | undefined, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.partition = partition;
  }
}

/** An error as the reason why a partition cannot go on; what the log answers is put in a person's words. */
export function failureOf(partition: number, error: unknown): WorkerFailedError {
  if (error instanceof WorkerFailedError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  const message = `partition ${partition} cannot go on: ${reason}${remedyOf(error)}`;
  return new WorkerFailedError(partition, message, { cause: error });
}

/** Why the worker as a whole cannot go on. */
export function workerFailure(error: unknown): WorkerFailedError {
  const reason = error instanceof Error ? error.message : String(error);
  const message = `the worker cannot go on, nobody can say which partitions are its own: ${reason}; start it again`;
  return new WorkerFailedError(undefined, message, { cause: error });
}

function remedyOf(error: unknown): string {
  if (!(error instanceof LogError)) return '';
  const { code } = error;
  if (code === 'OFFSET_BELOW_RETENTION') {
    return `; the log deleted records before they were counted: bring them back from a backup, or ${beginAnew}`;
  }
  if (code === 'OFFSET_BEYOND_END') {
    return `; the log lost records that were counted: bring that log back, or ${beginAnew}`;
  }
  if (code === 'LOG_REPLACED') {
    return `; what was counted so far is of the log before: bring that log back, or ${beginAnew}`;
  }
  return '';
}
