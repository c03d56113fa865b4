/**
 * The worker: one loop for each partition of the log. In: a log, a store, where forming bars go, a configuration. Out: bars
 * and tape of every partition, written and appended, until it is stopped. Law 5: a second worker on the same partitions
 * does the same and harms nothing.
 */
import { MarketPace } from './market-pace.ts';
import { PartitionLoop } from './partition-loop.ts';
import { WorkerHealth } from './worker-health.ts';
import { failureOf, type Worker, type WorkerFailedError, type WorkerParts } from './worker-types.ts';

/** After so many times `quietMs` without a publisher's record in any partition the market is at rest. */
const restAfterQuiets = 5;

/** Starts at once; recovery goes on behind, see `caughtUp` and `failed`. Throws `RangeError` for an interval that is none. */
export function startWorker(parts: WorkerParts): Worker {
  const { log, clock, config } = parts;
  const pace = new MarketPace(clock, config.quietMs * restAfterQuiets);
  const health = new WorkerHealth(parts.health, log.partitionCount);
  const loops = Array.from(
    { length: log.partitionCount },
    (_, partition) =>
      new PartitionLoop(parts, partition, pace, (state, detail) => health.set(partition, state, detail)),
  );
  let fail: (error: WorkerFailedError) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  // Health and status say it too; nobody has to listen to `failed`.
  failed.catch((error: unknown) => parts.logger.error('the worker cannot go on', { error }));
  for (const loop of loops) loop.start((error) => fail(error));
  let isStopping = false;
  return {
    failed,
    caughtUp: async () => {
      if (isStopping) throw failureOf(0, 'the worker was stopped');
      await Promise.all(loops.map((loop) => loop.caughtUp()));
    },
    status: () => loops.map((loop) => loop.status()),
    stop: async () => {
      isStopping = true;
      await Promise.all(loops.map((loop) => loop.stop()));
    },
  };
}
