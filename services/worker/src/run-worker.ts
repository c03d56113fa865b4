/**
 * A process of the worker alone. In: the values of its options and a stop. Out: ticks of its share of the log counted, their
 * bars in the store and their forming bars for query processes, until the stop. It says at start what an embedded directory
 * cannot do.
 */
import { advertisedAddress, type OnBackend, retentionMsOf, runOnBackend } from '@tapeline/backend';
import { processLimits, serveGrpc } from '@tapeline/grpc';
import { drainWithin, type OptionValues, type ProcessParts, unlessStopped, untilStopped } from '@tapeline/runtime';
import { descriptorSet, errorDetails } from '@tapeline/wire';
import { joinControl } from './join-control.ts';
import type { WorkerProcessOptions } from './process-options.ts';
import { workerConfigOf } from './worker-options.ts';
import { workerService } from './worker-service.ts';
import type { Worker } from './worker-types.ts';
import { startWorker } from './worker.ts';

type Values = OptionValues<WorkerProcessOptions>;

const aloneLimit =
  'an embedded data directory serves one process: what its log holds is counted, and nothing new comes';

/**
 * Runs until `stop` fires. Rejects as `openBackend` does, with `NotListeningError`, or with `WorkerFailedError` if the worker
 * cannot go on.
 */
export async function runWorker(values: Values, parts: ProcessParts): Promise<void> {
  await runOnBackend({ values, probes: values, aloneLimit, work: (on) => serve(on, values), ...parts });
}

async function serve(on: OnBackend, values: Values): Promise<void> {
  const { backend, clock, random, logger, metrics, health, stop } = on;
  const { log, store, forming } = backend;
  const graceMs = values.grace;
  // Others are told the server's port before there is a worker, so callers may come before it.
  const started: { worker?: Worker } = {};
  const service = workerService({
    worker: {
      status: () => started.worker?.status() ?? [],
      totals: () => started.worker?.totals() ?? { ticks: 0, bars: 0, ticksPerSecond: 0 },
      servesForming: (...of) => started.worker?.servesForming(...of) ?? false,
    },
    forming,
    clock,
    logger,
    metrics,
  });
  const contract = { descriptorSet, errorCodec: errorDetails };
  const server = await serveGrpc({ at: values, on, services: [service], limits: processLimits, ...contract });
  try {
    const address = values.advertise ?? advertisedAddress(values['grpc-host'], server.port);
    const joining = backend.joinWorkers(address);
    const ownership = await unlessStopped(joining, { stop, logger }, (late) => late.leave());
    const config = workerConfigOf(values, retentionMsOf(values));
    const { basePartitions } = log;
    const control = joinControl({ control: backend.control, basePartitions, worker: address, clock, random, logger });
    const parts = { log, store, forming, ownership, control, clock, random, logger, metrics, health, config };
    const worker = startWorker(parts);
    started.worker = worker;
    logger.info('the worker takes its share', { address, grpcPort: server.port, partitions: log.partitionCount });
    try {
      await Promise.race([worker.failed, control.lost, untilStopped(stop)]);
    } finally {
      server.stopAccepting();
      const steps = [
        { name: 'worker', run: () => worker.stop() },
        { name: 'control', run: () => control.leave() },
      ];
      await drainWithin({ graceMs, clock, log: logger, steps });
    }
  } finally {
    await server.close(0);
  }
}
