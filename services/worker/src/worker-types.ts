/**
 * What a worker needs and what it answers. In: nothing. Out: the types and the error with which a partition stops for
 * good. Law 5: ownership is for speed; two workers on one partition put out the same and do no harm.
 */
import { type FormingBars, LogError, type LogRetention, type Store, type TickLog } from '@tapeline/domain';
import type { Clock, Health, Logger, Metrics, RandomSource } from '@tapeline/runtime';
import type { PartitionStatus } from './partition-status.ts';
import type { WorkerConfig } from './worker-config.ts';

/** What a worker works with; all are the caller's to close, after the worker. */
export type WorkerParts = {
  /** Where its retention can be held back, ticks are pinned that a restart from either kept snapshot needs. */
  readonly log: TickLog & Partial<LogRetention>;
  readonly store: Store;
  readonly forming: FormingBars;
  readonly clock: Clock;
  /** Spaces retries; the machine's if absent. */
  readonly random?: RandomSource;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** The worker speaks as the part `worker`: ready once every partition has caught up with where its log ended. */
  readonly health: Health;
  readonly config: WorkerConfig;
};

/** A running worker. */
export type Worker = {
  /**
   * Resolves once everything that stood in the log at the call is counted and its outputs are durable. Rejects with
   * `WorkerFailedError` when a partition fails before, and when the worker is stopped before.
   */
  caughtUp(): Promise<void>;
  /** One entry a partition, in order. */
  status(): PartitionStatus[];
  /**
   * Stops reading, settles outputs, saves snapshots. Resolves within `stopWaitMs` also when store or log are away: what
   * is not durable then comes again after the next start. May be called twice.
   */
  stop(): Promise<void>;
  /** Rejects with `WorkerFailedError` when the first partition cannot go on; the others go on until `stop`. */
  readonly failed: Promise<never>;
};

/** Why a partition cannot go on; the message says what to do. */
export class WorkerFailedError extends Error {
  override name = 'WorkerFailedError';
  readonly partition: number;

  constructor(partition: number, message: string, options?: { cause: unknown }) {
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

function remedyOf(error: unknown): string {
  if (!(error instanceof LogError)) return '';
  if (error.code === 'OFFSET_BELOW_RETENTION') {
    return '; the log deleted records before they were counted: bring them back from a backup, or begin with an empty data directory';
  }
  if (error.code === 'OFFSET_BEYOND_END') {
    return '; the log lost records that were counted: bring that log back, or begin with an empty data directory';
  }
  return '';
}
