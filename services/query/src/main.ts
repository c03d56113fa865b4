/**
 * The process of queries: `node … main.ts [options]`. In: flags and environment. Out: a running service, its help, or one
 * line for everything that is wrong. The first SIGTERM or SIGINT drains it, the second ends it.
 */
import { backendProblems, isBackendProblem } from '@tapeline/backend';
import { NotListeningError, runProcess } from '@tapeline/runtime';
import { queryProcessOptions } from './process-options.ts';
import { runQuery } from './run-query.ts';

await runProcess({
  name: 'query',
  about: 'Answers what is asked of bars and trades, by gRPC, HTTP and a page.',
  table: queryProcessOptions,
  problems: backendProblems,
  run: runQuery,
  isExpected: (error) => error instanceof NotListeningError || isBackendProblem(error),
});
