/**
 * A worker's process whose guards can be taken away. In: the options of the worker, and TAPELINE_UNGUARDED with variants.
 * Out: what services/worker runs, on wrapped parts, without a server for query processes.
 */
import { backendProblems, isBackendProblem, type OnBackend, retentionMsOf, runOnBackend } from '@tapeline/backend';
import { type OptionValues, runProcess, untilStopped } from '@tapeline/runtime';
import { startWorker, WorkerFailedError, workerConfigOf } from '@tapeline/worker';
import { joinControl } from '../../../services/worker/src/join-control.ts';
import { type WorkerProcessOptions, workerProcessOptions } from '../../../services/worker/src/process-options.ts';
import { variantVariable, withVariants } from './worker-variants.ts';

/** Nobody answers there; queries go without forming bars. */
const address = '127.0.0.1:9';

await runProcess({
  name: 'worker',
  about: 'A worker for tests of faults.',
  table: workerProcessOptions,
  problems: backendProblems,
  run: (values, parts) =>
    runOnBackend({ values, probes: values, aloneLimit: '', work: (on) => serve(on, values), ...parts }),
  isExpected: (error) => error instanceof WorkerFailedError || isBackendProblem(error),
});

async function serve(on: OnBackend, values: OptionValues<WorkerProcessOptions>): Promise<void> {
  const { backend, stop, ...others } = on;
  const { log, store, forming } = backend;
  const { clock, random, logger } = on;
  const ownership = await backend.joinWorkers(address);
  const { basePartitions } = log;
  // `control` tells workers apart by this.
  const name = `${address}/${process.pid}`;
  const control = joinControl({ control: backend.control, basePartitions, worker: name, clock, random, logger });
  const config = workerConfigOf(values, retentionMsOf(values));
  const unguarded = process.env[variantVariable] ?? '';
  const worker = startWorker(withVariants({ log, store, forming, ownership, control, ...others, config }, unguarded));
  logger.info('the worker takes its share', { address, unguarded });
  try {
    await Promise.race([worker.failed, control.lost, untilStopped(stop)]);
  } finally {
    await worker.stop();
    await control.leave();
  }
}
