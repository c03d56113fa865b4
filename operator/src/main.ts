/**
 * The process of the operator: `node … main.ts [options]`. In: flags and environment. Out: a running operator, its help, or one line
 * for everything that is wrong. The first SIGTERM or SIGINT lets go of the lease and ends, the second ends at once.
 */
import { KubeError } from '@tapeline/kubernetes';
import { NotListeningError, runProcess } from '@tapeline/runtime';
import { operatorOptions } from './operator-options.ts';
import { OperatorEndedError, operatorProblems, runOperator } from './run-operator.ts';

await runProcess({
  name: 'operator',
  about: 'Makes TickStreams and TickStores of Kubernetes so: topics, partitions, keyspaces, tables, workers and feeds.',
  table: operatorOptions,
  problems: operatorProblems,
  run: runOperator,
  isExpected: (error) => [NotListeningError, OperatorEndedError, KubeError].some((kind) => error instanceof kind),
});
