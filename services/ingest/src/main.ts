/**
 * The process of ingest: `node … main.ts [options]`. In: flags and environment. Out: a running service, its help, or one
 * line for everything that is wrong. The first SIGTERM or SIGINT drains it, the second ends it.
 */
import { EmbeddedError } from '@tapeline/embedded';
import { createLogger, endOnDefect, optionHelp, readOptions, stopOnSignals } from '@tapeline/runtime';
import { ingestOptions } from './ingest-options.ts';
import { processOptions } from './process-options.ts';
import { runIngest } from './run-ingest.ts';

const exitCode = { refused: 2, defect: 3 } as const;
const helpWidth = 120;

const table = { ...processOptions, ...ingestOptions };
const line = readOptions(table, process.argv.slice(2), process.env);
if (line.kind === 'help') {
  process.stdout.write(
    `Takes ticks and makes them durable in an embedded log.\n\n${optionHelp(table, helpWidth).join('\n')}\n`,
  );
} else if (line.kind === 'wrong' || line.operands.length > 0) {
  const problems =
    line.kind === 'wrong' ? line.problems : [`ingest takes options alone, not ${line.operands.join(' ')}`];
  for (const problem of problems) process.stderr.write(`ingest: ${problem}\n`);
  process.exitCode = exitCode.refused;
} else {
  const { values } = line;
  const logger = createLogger({ name: 'ingest', level: values['log-level'], format: values['log-format'] });
  endOnDefect(logger, exitCode.defect);
  const stopping = stopOnSignals(logger);
  try {
    await runIngest(values, stopping.signal);
  } catch (error) {
    const isExpected = error instanceof EmbeddedError || (error instanceof Error && 'code' in error);
    if (!isExpected) throw error;
    process.stderr.write(`ingest: ${error.message}\n`);
    process.exitCode = exitCode.refused;
  }
}
