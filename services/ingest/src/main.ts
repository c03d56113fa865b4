/**
 * The process of ingest: `node … main.ts [options]`. In: flags and environment. Out: a running service, its help, or one
 * line for everything that is wrong. The first SIGTERM or SIGINT drains it, the second ends it.
 */
import { backendProblems, isBackendProblem } from '@tapeline/backend';
import { NotListeningError, runProcess } from '@tapeline/runtime';
import { ingestProcessOptions } from './process-options.ts';
import { runIngest } from './run-ingest.ts';

await runProcess({
  name: 'ingest',
  about: 'Takes ticks by gRPC and makes them durable in the log.',
  table: ingestProcessOptions,
  problems: backendProblems,
  run: runIngest,
  isExpected: (error) => error instanceof NotListeningError || isBackendProblem(error),
});
