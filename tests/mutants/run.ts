/**
 * `npm run mutants`: proves that the suites notice when a rule of the fold or the tape is broken. In: the patches
 * beside this file. Out: a table of which suite killed each, and exit code 0 only if the suites pass without a mutant
 * and every mutant is killed; 1 if not, 2 for a mistake in the arguments, 130 when interrupted.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { checkUnmutated, type Hunt, huntMutants, type Outcome } from './hunt.ts';
import { type Mutant, nameTest, readMutants } from './mutant-patch.ts';
import { outcomeSummary, outcomeTable } from './outcome-table.ts';
import { type Suite, suiteFolders, suiteNames, suites } from './suites.ts';
import { copyTree } from './tree-copy.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const copiesMax = 2;

const usage = `npm run mutants -- [--only NAME]… [--suite NAME]… [--all-suites] [--name-tests] [--list]
  --only NAME    only mutants whose name contains NAME; may be given again
  --suite NAME   only this suite (${suiteNames.join(', ')}); may be given again
  --all-suites   try every suite on every mutant, not only until one kills it
  --name-tests   write the test that killed each mutant into its patch, as the first to be tried
  --list         print the mutants and their rules, and run nothing`;

type Choice = {
  readonly mutants: readonly Mutant[];
  readonly suites: readonly Suite[];
  readonly allSuites: boolean;
  readonly nameTests: boolean;
  readonly list: boolean;
};

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const choice = choose(args);
  if (typeof choice === 'string') {
    say(`mutants: ${choice}\n${usage}`);
    return 2;
  }
  if (choice.list) {
    process.stdout.write(choice.mutants.map(({ name, rule }) => `${name}  ${rule}\n`).join(''));
    return 0;
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const folder = mkdtempSync(path.join(tmpdir(), 'tapeline-mutants-'));
  try {
    return await hunt(choice, folder, stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    say('mutants: interrupted');
    return 130;
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** What to do, or what is wrong with the arguments. */
function choose(args: readonly string[]): Choice | string {
  const options = {
    only: { type: 'string', multiple: true },
    suite: { type: 'string', multiple: true },
    'all-suites': { type: 'boolean' },
    'name-tests': { type: 'boolean' },
    list: { type: 'boolean' },
  } as const;
  const parsed = parsedArgs(() => parseArgs({ args: [...args], options }).values);
  if (typeof parsed === 'string') return parsed;
  const all = readMutants(fileURLToPath(new URL('.', import.meta.url)), suiteFolders);
  if ('code' in all) return all.message;
  const { only = [''], suite: names = suiteNames } = parsed;
  const mutants = all.filter(({ name }) => only.some((part) => name.includes(part)));
  if (mutants.length === 0) return `no mutant's name contains ${only.join(' or ')}; --list shows them`;
  const unknown = names.find((name) => !suiteNames.includes(name));
  if (unknown !== undefined) return `there is no suite '${unknown}'`;
  return {
    mutants,
    suites: suites.filter(({ name }) => names.includes(name)),
    allSuites: parsed['all-suites'] ?? false,
    nameTests: parsed['name-tests'] ?? false,
    list: parsed.list ?? false,
  };
}

function parsedArgs<Values>(parse: () => Values): Values | string {
  try {
    return parse();
  } catch (error) {
    // parseArgs throws a TypeError with a code for what a person mistyped; anything else is a fault of ours.
    if (error instanceof TypeError && 'code' in error) return error.message;
    throw error;
  }
}

async function hunt(choice: Choice, folder: string, signal: AbortSignal): Promise<number> {
  const started = performance.now();
  const count = Math.min(copiesMax, availableParallelism());
  const copies = Array.from({ length: count }, (_, index) => path.join(folder, `copy-${index}`));
  for (const copy of copies) copyTree(root, copy);
  let done = 0;
  const onOutcome = (outcome: Outcome): void => {
    done += 1;
    const [kill] = outcome.kind === 'killed' ? outcome.by.values() : [];
    if (choice.nameTests && kill !== undefined) nameTest(outcome.mutant, kill.file);
    const by =
      outcome.kind === 'killed' ? `killed by ${[...outcome.by.keys()].join(', ')}` : outcome.kind.toUpperCase();
    say(`${done}/${choice.mutants.length} ${outcome.mutant.name}: ${by} (${(outcome.ms / 1000).toFixed(1)} s)`);
  };
  const plan: Hunt = { copies, suites: choice.suites, allSuites: choice.allSuites, signal, onOutcome };
  const wrong = await checkUnmutated(plan);
  if (wrong.length > 0) {
    say('mutants: the suites must pass on the code as it is before they can prove anything:');
    for (const line of wrong) say(`  ${line}`);
    say('mutants: make them pass (npm test), then run this again.');
    return 1;
  }
  say(`mutants: all suites pass without a mutant (${seconds(started)})`);
  const outcomes = await huntMutants(choice.mutants, plan);
  const names = choice.suites.map(({ name }) => name);
  process.stdout.write(`${outcomeTable(outcomes, names, choice.allSuites)}\n\n`);
  for (const line of outcomeSummary(outcomes, names)) process.stdout.write(`${line}\n`);
  process.stdout.write(`${seconds(started)} in all\n`);
  return outcomes.every(({ kind }) => kind === 'killed') ? 0 : 1;
}

function seconds(started: number): string {
  return `${((performance.now() - started) / 1000).toFixed(0)} s`;
}

/** Progress goes to stderr: stdout holds the table alone. */
function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
