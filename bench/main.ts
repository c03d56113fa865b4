/**
 * The bench: `npm run bench -- decode fold snapshot [--ticks N] [--json FILE] [--check]`. In: arguments. Out: a table on
 * stdout, progress on stderr, results in a file. Exit code 1 for a missed budget with --check or for servers that do not
 * start, 2 for wrong arguments.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { TestbedError } from '@tapeline/testbed';
import { type BenchArguments, readArguments } from './bench-arguments.ts';
import { runBenches } from './bench-run.ts';
import { type Budgets, missedBudgets } from './budgets.ts';
import { PeerBuildError } from './cluster/peer-build.ts';
import { reportLines } from './report-text.ts';

const asked = readArguments(process.argv.slice(2));
if ('code' in asked) {
  process.stderr.write(`bench: ${asked.message}\n`);
  process.exitCode = 2;
} else {
  try {
    await run(asked);
  } catch (error) {
    if (!(error instanceof TestbedError || error instanceof PeerBuildError)) throw error;
    process.stderr.write(`bench: ${error.message}\n`);
    process.exitCode = 1;
  }
}

async function run({ json, check, ...rest }: BenchArguments): Promise<void> {
  const result = await runBenches({ ...rest, check }, (line) => process.stderr.write(`bench: ${line}\n`));
  process.stdout.write(`${reportLines(result).join('\n')}\n`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`);
  if (!check) return;
  const budgets = JSON.parse(readFileSync(new URL('budgets.json', import.meta.url), 'utf8')) as Budgets;
  for (const missed of missedBudgets(result, budgets)) {
    process.stderr.write(`bench: budget missed: ${missed}\n`);
    process.exitCode = 1;
  }
}
