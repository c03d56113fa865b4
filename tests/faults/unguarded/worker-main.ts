/**
 * A worker's process whose guards can be taken away. In: the options of the worker, and TAPELINE_UNGUARDED with variants.
 * Out: what services/worker runs, on wrapped parts, without a server for query processes.
 */
import { backendProblems, isBackendProblem, type OnBackend, retentionMsOf, runOnBackend } from '@tapeline/backend';
import { type OptionValues, runProcess, untilStopped } from '@tapeline/runtime';
import { startWorker, WorkerFailedError, workerConfigOf } from '@tapeline/worker';
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
  const ownership = await backend.joinWorkers(address);
  const config = workerConfigOf(values, retentionMsOf(values));
  const parts = withVariants({ log, store, forming, ownership, ...others, config }, process.env[variantVariable] ?? '');
  const worker = startWorker(parts);
  on.logger.info('the worker takes its share', { address, unguarded: process.env[variantVariable] ?? '' });
  try {
    await Promise.race([worker.failed, untilStopped(stop)]);
  } finally {
    await worker.stop();
  }
}
