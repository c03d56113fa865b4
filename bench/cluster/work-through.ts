/**
 * A worker of the bench. In: a log and a store, a configuration. Out: the worker has counted everything that stands in
 * the log, every output is durable, and it has stopped. Nobody follows its forming bars, and it owns every partition.
 */
import { ownsAll, type Store, type TickLog } from '@tapeline/domain';
import { createHealth, createLogger, createMetrics, systemClock } from '@tapeline/runtime';
import { startWorker, type WorkerConfig, type WorkerTotals } from '@tapeline/worker';
import { nobodyWatching } from './nobody-watching.ts';

const logger = createLogger({ name: 'worker', level: 'warn', format: 'text' });

/** Runs it once. Rejects with `WorkerFailedError`. */
export async function workThrough(log: TickLog, store: Store, config: WorkerConfig): Promise<WorkerTotals> {
  const worker = startWorker({
    log,
    store,
    forming: nobodyWatching,
    ownership: ownsAll(log.partitionCount),
    clock: systemClock,
    logger,
    metrics: createMetrics({ ofProcess: false }),
    health: createHealth(),
    config,
  });
  await Promise.race([worker.caughtUp(), worker.failed]);
  const totals = worker.totals();
  await worker.stop();
  return totals;
}
