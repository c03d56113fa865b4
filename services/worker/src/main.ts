/**
 * The process of the worker: `node … main.ts [options]`. In: flags and environment. Out: a running worker, its help, or one
 * line for everything that is wrong. The first SIGTERM or SIGINT stops it, the second ends it.
 */
import { EmbeddedError } from '@tapeline/embedded';
import { createLogger, endOnDefect, optionHelp, readOptions, stopOnSignals } from '@tapeline/runtime';
import { processOptions } from './process-options.ts';
import { runWorker } from './run-worker.ts';
import { workerOptions } from './worker-options.ts';
import { WorkerFailedError } from './worker-types.ts';

const exitCode = { refused: 2, defect: 3 } as const;
const helpWidth = 120;

const table = { ...processOptions, ...workerOptions };
const line = readOptions(table, process.argv.slice(2), process.env);
if (line.kind === 'help') {
  const text = optionHelp(table, helpWidth).join('\n');
  process.stdout.write(`Counts the ticks of an embedded log and puts out their bars.\n\n${text}\n`);
} else if (line.kind === 'wrong' || line.operands.length > 0) {
  const problems =
    line.kind === 'wrong' ? line.problems : [`worker takes options alone, not ${line.operands.join(' ')}`];
  for (const problem of problems) process.stderr.write(`worker: ${problem}\n`);
  process.exitCode = exitCode.refused;
} else {
  const { values } = line;
  const logger = createLogger({ name: 'worker', level: values['log-level'], format: values['log-format'] });
  endOnDefect(logger, exitCode.defect);
  const stopping = stopOnSignals(logger);
  try {
    await runWorker(values, stopping.signal);
  } catch (error) {
    if (!(error instanceof EmbeddedError || error instanceof WorkerFailedError)) throw error;
    process.stderr.write(`worker: ${error.message}\n`);
    process.exitCode = exitCode.refused;
  }
}
