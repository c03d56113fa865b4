/**
 * What a process runs on: a log, a store and ways to its neighbours, whatever they are made of. In: nothing. Out: the types
 * and the error with which a start ends. Who works with them does not know which they are.
 */
import {
  type ControlLog,
  type FormingBars,
  LogError,
  type LogRetention,
  type Ownership,
  type PartitionAdmin,
  type Store,
  StoreError,
  type TickLog,
  type Workers,
} from '@tapeline/domain';
import { EmbeddedError } from '@tapeline/embedded';
import type { Clock, Health, Logger, Metrics, RandomSource } from '@tapeline/runtime';

/** What an opened backend works with. */
export type BackendParts = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** The backend speaks as the part `backend`. */
  readonly health: Health;
  readonly random: RandomSource;
  /** Ends the wait for servers that are not there yet, and migrations. */
  readonly stop?: AbortSignal;
  /** Gets work that ends soon after the stop: the process shall not end before it. */
  readonly beforeEnd?: (work: Promise<unknown>) => void;
};

/** An open log and store. */
export type Backend = {
  /** `embedded` serves this process alone; `servers` are shared with others. */
  readonly kind: 'embedded' | 'servers';
  readonly log: TickLog & Partial<LogRetention>;
  /** Where maps, claims and reports are. */
  readonly control: ControlLog;
  /** Adds partitions to the log, for all who use it; `log.refreshPartitions` finds them. */
  readonly partitions: PartitionAdmin;
  readonly store: Store;
  /** Forming bars inside this process. */
  readonly forming: FormingBars;
  /** Where everything is, for a person. */
  readonly place: string;
  /** What it cannot do, in sentences for the start of the process. */
  readonly limits: readonly string[];
  /**
   * Takes a share of the partitions, told to others as worked on at `address` (`host:port`); all of them where the log
   * serves this process alone. Rejects with `BackendError`.
   */
  joinWorkers(address: string): Promise<Ownership>;
  /** Where the workers are; absent where there can be none besides this process. */
  readonly workers?: Workers;
  /** Settles what is under way and lets go of everything; may be called twice. */
  close(): Promise<void>;
};

/** A log or store that a process cannot start on; the message names the option, its value and the remedy. */
export class BackendError extends Error {
  override name = 'BackendError';
}

/** Whether an error says, in one sentence for a person, that log or store do not let a process work. */
export function isBackendProblem(error: unknown): boolean {
  return [BackendError, EmbeddedError, LogError, StoreError].some((kind) => error instanceof kind);
}
