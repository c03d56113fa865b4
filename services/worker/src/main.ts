/**
 * The process of the worker: `node … main.ts [options]`. In: flags and environment. Out: a running worker, its help, or one
 * line for everything that is wrong. The first SIGTERM or SIGINT stops it, the second ends it.
 */
import { backendProblems, isBackendProblem } from '@tapeline/backend';
import { NotListeningError, runProcess } from '@tapeline/runtime';
import { workerProcessOptions } from './process-options.ts';
import { runWorker } from './run-worker.ts';
import { WorkerFailedError } from './worker-types.ts';

await runProcess({
  name: 'worker',
  about: 'Counts the ticks of the log and puts out their bars; shares the partitions with other workers of the stream.',
  table: workerProcessOptions,
  problems: backendProblems,
  run: runWorker,
  isExpected: (error) =>
    [NotListeningError, WorkerFailedError].some((kind) => error instanceof kind) || isBackendProblem(error),
});
