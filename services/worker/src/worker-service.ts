/**
 * The service that a worker offers to query processes. In: the worker, and the forming bars of its process. Out: what a
 * gRPC server serves: forming bars to whoever wants them, and how the worker's partitions do.
 */
import type { FormingBars } from '@tapeline/domain';
import { type GrpcService, grpcService } from '@tapeline/grpc';
import type { Clock, Logger, Metrics } from '@tapeline/runtime';
import { wireWorker } from '@tapeline/wire';
import { FormingDesk } from './forming-desk.ts';
import { watchForming } from './forming-service.ts';
import type { PartitionStatus } from './partition-status.ts';
import type { Worker } from './worker-types.ts';

/** What the service speaks for. */
export type WorkerServiceParts = {
  readonly worker: Pick<Worker, 'status' | 'totals' | 'servesForming'>;
  /** Those that the worker publishes to. */
  readonly forming: FormingBars;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
};

const nsPerMs = 1_000_000n;

/** The service, for a server of its own or among others. */
export function workerService(parts: WorkerServiceParts): GrpcService {
  const { worker, forming, logger, metrics } = parts;
  const conflated = metrics.counter(
    'tapeline_worker_forming_conflated_total',
    'Publications of forming bars that a newer one replaced before a caller took them, or that were left out.',
  );
  const callers = metrics.gauge('tapeline_worker_forming_callers', 'Streams of forming bars that are open.');
  const desk = new FormingDesk({
    forming,
    serves: ({ position, dataset, symbol }) => worker.servesForming(position.partition, dataset, symbol),
    onConflated: () => conflated.add(),
  });
  return grpcService(wireWorker.WorkerServiceDefinition, {
    watchForming: async function* (requests, call) {
      callers.add(1);
      logger.debug('forming bars are watched', { peer: call.peer });
      try {
        yield* watchForming(desk, requests, call);
      } finally {
        callers.add(-1);
      }
    },
    getWorkerStatus: async () => {
      const { ticks, bars, ticksPerSecond } = worker.totals();
      const partitions = worker.status().map(wirePartition);
      return { partitions, ticksTotal: BigInt(ticks), ticksPerSecond, barsTotal: BigInt(bars) };
    },
  });
}

function wirePartition(status: PartitionStatus): wireWorker.WorkerPartition {
  const { partition, clockMs, nextOffset, endOffset, lagMs, state, detail } = status;
  return {
    partition,
    clockTimeNs: BigInt(clockMs) * nsPerMs,
    nextOffset: BigInt(nextOffset),
    endOffset: BigInt(endOffset),
    lagMs,
    state,
    detail,
  };
}
