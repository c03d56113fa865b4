/**
 * A worker that follows moves and does not send strays on. In: the options of the worker. Out: what services/worker runs, but what comes
 * to a partition for an instrument that has left ends there (rule A3 taken away from outside): its Forwards are never appended.
 */
import { backendProblems, isBackendProblem, type OnBackend, retentionMsOf, runOnBackend } from '@tapeline/backend';
import { decodeLogRecord, type TickLog } from '@tapeline/domain';
import { type OptionValues, runProcess, untilStopped } from '@tapeline/runtime';
import { startWorker, WorkerFailedError, workerConfigOf } from '@tapeline/worker';
import { joinControl } from '../../../services/worker/src/join-control.ts';
import { type WorkerProcessOptions, workerProcessOptions } from '../../../services/worker/src/process-options.ts';
import { withCalls } from './with-calls.ts';

/** Nobody answers there; queries go without forming bars. */
const address = `127.0.0.1:9/${process.pid}`;

await runProcess({
  name: 'worker',
  about: 'A worker for tests of moves.',
  table: workerProcessOptions,
  problems: backendProblems,
  run: (values, parts) =>
    runOnBackend({ values, probes: values, aloneLimit: '', work: (on) => serve(on, values), ...parts }),
  isExpected: (error) => error instanceof WorkerFailedError || isBackendProblem(error),
});

async function serve(on: OnBackend, values: OptionValues<WorkerProcessOptions>): Promise<void> {
  const { backend, stop, ...others } = on;
  const { store, forming } = backend;
  const log = withoutForwards(backend.log);
  const ownership = await backend.joinWorkers('127.0.0.1:9');
  const { clock, random, logger } = on;
  const { basePartitions } = log;
  const control = joinControl({ control: backend.control, basePartitions, worker: address, clock, random, logger });
  const config = workerConfigOf(values, retentionMsOf(values));
  const worker = startWorker({ log, store, forming, ownership, control, ...others, config });
  logger.info('the worker takes its share', { address, unguarded: 'no-forwards' });
  try {
    await Promise.race([worker.failed, control.lost, untilStopped(stop)]);
  } finally {
    await worker.stop();
    await control.leave();
  }
}

/** A record with a Forward is said to be appended; everything else is. */
function withoutForwards(log: TickLog): TickLog {
  return withCalls(log, {
    append: async (topic, partition, bytes) => {
      const isStray = topic === 'ticks' && decodeLogRecord(bytes).some(({ kind }) => kind === 'forward');
      return isStray ? { offset: 0, appendTimeMs: 0 } : log.append(topic, partition, bytes);
    },
  });
}
