/**
 * Opens a data directory. In: where it is and how it is kept. Out: log, store and forming bars, or an `EmbeddedError`.
 * Three threads work behind them: one writes the log and holds the directory's lock, one writes the store, one reads.
 */
import { randomUUID } from 'node:crypto';
import {
  type ControlLog,
  type FormingBars,
  type LogRetention,
  type PartitionAdmin,
  type Store,
  streamPartitionsMax,
  type TickLog,
} from '@tapeline/domain';
import type { Clock, Logger, Metrics } from '@tapeline/runtime';
import { prepareDirectory } from './data-directory.ts';
import { EmbeddedError } from './embedded-error.ts';
import { EmbeddedControl } from './embedded-control.ts';
import { EmbeddedLog } from './embedded-log.ts';
import { EmbeddedStore } from './embedded-store.ts';
import { limitsOf } from './limits-text.ts';
import type { LogCalls } from './log-calls.ts';
import { observersOf } from './observers.ts';
import { openErrorOf } from './open-errors.ts';
import { Quota, quotaBytesMin } from './quota.ts';
import type { ReadCalls } from './read-calls.ts';
import { sweepUntil } from './retention-sweeper.ts';
import { SharedFormingBars } from './shared-forming-bars.ts';
import type { StoreCalls } from './store-calls.ts';
import { ThreadLink } from './thread-link.ts';

/** How a data directory is opened. */
export type EmbeddedOptions = {
  /** Made if it is not there. */
  readonly dataDir: string;
  /** 1 to `streamPartitionsMax`; stays what it was when the directory was made, also when partitions were added. */
  readonly partitions: number;
  /** Records older than this leave the log, ms, 1 or more; ticks only below what is pinned. */
  readonly retentionMs: number;
  /** Bytes that log and store may use together, 64 MiB or more; absent = the disk is the limit. */
  readonly quotaBytes?: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: Metrics;
};

/** An open data directory. */
export type Embedded = {
  readonly log: TickLog & LogRetention;
  readonly control: ControlLog;
  readonly partitions: PartitionAdmin;
  readonly store: Store;
  readonly forming: FormingBars;
  /** What it cannot do, in sentences for the start of the process. */
  readonly limits: readonly string[];
  /** Settles what is under way, closes log and store and lets go of the directory; may be called twice. */
  close(): Promise<void>;
};

type Threads = {
  readonly log: ThreadLink<LogCalls>;
  readonly store: ThreadLink<StoreCalls>;
  readonly read: ThreadLink<ReadCalls>;
};

/** Opens a data directory. Rejects with `EmbeddedError`; then nothing runs and nothing is locked. */
export async function openEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  checkOptions(options);
  prepareDirectory(options.dataDir, options.partitions);
  const { logger } = options;
  const threads: Threads = {
    log: new ThreadLink('log-thread', logger),
    store: new ThreadLink('store-thread', logger),
    read: new ThreadLink('read-thread', logger),
  };
  try {
    return await openParts(options, threads);
  } catch (error) {
    await endThreads(threads);
    throw error;
  }
}

async function openParts(options: EmbeddedOptions, threads: Threads): Promise<Embedded> {
  const { dataDir, partitions, retentionMs, clock, logger } = options;
  const made = { dataDir, partitions, logId: randomUUID(), nowMs: clock.nowMs() };
  const logPart = await asOpenError(threads.log.call('open', made), { dataDir, partitions, file: 'log.db' });
  const { logId } = logPart;
  const storePart = await asOpenError(threads.store.call('open', { dataDir, logId }), {
    dataDir,
    partitions,
    file: 'store.db',
  });
  await asOpenError(threads.read.call('open', { dataDir, partitions }), { dataDir, partitions, file: 'store.db' });
  const observers = observersOf(options.metrics);
  const quota = new Quota(options.quotaBytes, observers.uses);
  quota.logUses(logPart.usedBytes);
  quota.storeUses(storePart.usedBytes);
  const parts = { reader: threads.read, quota, clock, places: logPart.places };
  const control = new EmbeddedControl({ ...parts, writer: threads.log });
  const log = new EmbeddedLog({
    ...parts,
    basePartitions: partitions,
    logId,
    writer: threads.log,
    observeCommit: observers.logCommit,
  });
  const store = new EmbeddedStore({ ...parts, writer: threads.store, observeCommit: observers.storeCommit });
  const stop = new AbortController();
  const swept = sweepUntil(stop.signal, { log, retentionMs, clock, logger });
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    stop.abort();
    await Promise.all([swept, log.close(), control.close(), store.close()]);
    await closeThreads(threads, logger);
  };
  return {
    log,
    control,
    partitions: log,
    store,
    forming: new SharedFormingBars(logger),
    limits: limitsOf(options),
    close: async () => (closed ??= close()),
  };
}

/** Readers go first, so that the writers can copy their WAL whole; the log goes last, because it holds the lock. */
async function closeThreads(threads: Threads, logger: Logger): Promise<void> {
  for (const close of [
    async () => threads.read.call('close', undefined),
    async () => threads.store.call('close', undefined),
    async () => threads.log.call('close', undefined),
  ]) {
    try {
      await close();
    } catch (error) {
      // What was acknowledged is on the disk already; closing only tidies.
      logger.warn('a database could not be closed tidily', { error: String(error) });
    }
  }
  await endThreads(threads);
}

async function endThreads(threads: Threads): Promise<void> {
  await Promise.all([threads.read.end(), threads.store.end(), threads.log.end()]);
}

async function asOpenError<Answer>(answer: Promise<Answer>, part: Parameters<typeof openErrorOf>[1]): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    throw openErrorOf(error, part);
  }
}

function checkOptions({ partitions, retentionMs, quotaBytes }: EmbeddedOptions): void {
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > streamPartitionsMax) {
    throw outOfRange(`partitions is ${partitions}; give a whole number from 1 to ${streamPartitionsMax}`);
  }
  if (!(retentionMs >= 1)) throw outOfRange(`retentionMs is ${retentionMs}; give 1 ms or more`);
  if (quotaBytes !== undefined && !(quotaBytes >= quotaBytesMin)) {
    throw outOfRange(`quotaBytes is ${quotaBytes}; give ${quotaBytesMin} bytes or more, or none`);
  }
}

function outOfRange(message: string): EmbeddedError {
  return new EmbeddedError('OPTION_OUT_OF_RANGE', message);
}
