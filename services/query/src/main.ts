/**
 * The process of queries: `node … main.ts [options]`. In: flags and environment. Out: a running service, its help, or one
 * line for everything that is wrong. The first SIGTERM or SIGINT drains it, the second ends it.
 */
import { EmbeddedError } from '@tapeline/embedded';
import { createLogger, endOnDefect, optionHelp, readOptions, stopOnSignals } from '@tapeline/runtime';
import { processOptions } from './process-options.ts';
import { queryOptions } from './query-config.ts';
import { runQuery } from './run-query.ts';

const exitCode = { refused: 2, defect: 3 } as const;
const helpWidth = 120;

const table = { ...processOptions, ...queryOptions };
const line = readOptions(table, process.argv.slice(2), process.env);
if (line.kind === 'help') {
  const text = optionHelp(table, helpWidth).join('\n');
  process.stdout.write(`Answers what is asked of bars and trades, from an embedded log and store.\n\n${text}\n`);
} else if (line.kind === 'wrong' || line.operands.length > 0) {
  const problems =
    line.kind === 'wrong' ? line.problems : [`query takes options alone, not ${line.operands.join(' ')}`];
  for (const problem of problems) process.stderr.write(`query: ${problem}\n`);
  process.exitCode = exitCode.refused;
} else {
  const { values } = line;
  const logger = createLogger({ name: 'query', level: values['log-level'], format: values['log-format'] });
  endOnDefect(logger, exitCode.defect);
  const stopping = stopOnSignals(logger);
  try {
    await runQuery(values, stopping.signal);
  } catch (error) {
    const isExpected = error instanceof EmbeddedError || (error instanceof Error && 'code' in error);
    if (!isExpected) throw error;
    process.stderr.write(`query: ${error.message}\n`);
    process.exitCode = exitCode.refused;
  }
}
