/**
 * The suites that hunt mutants, from fast to slow, and one run of one of them. In: a copy of the repository. Out: which
 * test failed first, or that all passed. A file that does not load, a suite without tests and one that does not end
 * are no verdict about a rule, so they are answered apart.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { typesConfigFile, writeTypesConfig } from './tree-copy.ts';

/** A part of the tests. `filters` are parts of paths, as `vitest run` takes them. */
export type Suite = { readonly name: string; readonly filters: readonly string[] };

/** Every suite, fast ones first. */
export const suites: readonly Suite[] = [
  { name: 'unit', filters: ['packages/domain/src'] },
  { name: 'worker', filters: ['services/worker/src/outbox'] },
  { name: 'codec', filters: ['tests/codec'] },
  { name: 'fixtures', filters: ['tests/fixtures'] },
  { name: 'properties', filters: ['tests/properties'] },
  // The other files of the folder compare real recordings, or start the command a hundred times.
  { name: 'oracle', filters: ['tests/oracle/generated-days'] },
];

/** Folders, or beginnings of paths, in which tests of the suites lie. */
export const suiteFolders: readonly string[] = suites.flatMap(({ filters }) => filters);

/** The suite that a test file belongs to, with that file alone. */
export function suiteOfFile(test: string): Suite {
  const suite = suites.find(({ filters }) => filters.some((filter) => test.startsWith(filter)));
  if (suite === undefined) throw new RangeError(`${test} is in no suite`);
  return { name: suite.name, filters: [test] };
}

/** Names of the suites, in their order. */
export const suiteNames: readonly string[] = suites.map(({ name }) => name);

/** How a suite ended. `passed`: how many tests passed; `test` and `file`, from the root: what failed first. `unusable`: no verdict, and why. */
export type SuiteResult =
  | { readonly kind: 'passed'; readonly passed: number }
  | { readonly kind: 'failed'; readonly test: string; readonly file: string }
  | { readonly kind: 'unusable'; readonly reason: string };

/** A mutant is found by the first seeds or, nearly always, by none; no reference data, no seed that somebody replays. */
const ownEnvironment: NodeJS.ProcessEnv = {
  TAPELINE_SEEDS: '600',
  TAPELINE_SEED: undefined,
  TAPELINE_ORACLE_SEED: undefined,
  TAPELINE_SHARED: undefined,
  NO_COLOR: '1',
};
const suiteMsMax = 600_000;
const typesMsMax = 120_000;

/** Runs a suite in a copy until its first failure. `signal` ends it early, and the run throws then. */
export async function runSuite(copy: string, suite: Suite, signal: AbortSignal): Promise<SuiteResult> {
  const report = path.join(copy, 'suite-report.json');
  rmSync(report, { force: true });
  // One thread a copy, so that two copies fill two cores. Tests that need reference data stay out: the copy has none.
  const options = ['--bail=1', '--maxWorkers=1', '--pool=threads', '--no-isolate', '--reporter=json'];
  const args = ['run', ...suite.filters, ...options, `--outputFile=${report}`, '--exclude=**/*.shared.test.ts'];
  const ended = await runTool(copy, 'vitest/vitest.mjs', args, { signal, msMax: suiteMsMax });
  if (ended.kind === 'late') return { kind: 'unusable', reason: `did not end in ${suiteMsMax / 1000} s` };
  if (!existsSync(report)) return { kind: 'unusable', reason: `no report: ${lastLine(ended.text)}` };
  return resultOf(JSON.parse(readFileSync(report, 'utf8')) as Report, copy, ended.code);
}

/** Why packages of the copy are not valid TypeScript, in the compiler's first line; `undefined` if they are. */
export async function typeProblem(
  copy: string,
  packages: readonly string[],
  signal: AbortSignal,
): Promise<string | undefined> {
  writeTypesConfig(copy, packages);
  const args = ['-p', typesConfigFile, '--pretty', 'false'];
  const ended = await runTool(copy, 'typescript/bin/tsc', args, { signal, msMax: typesMsMax });
  if (ended.kind === 'late') return `the compiler did not end in ${typesMsMax / 1000} s`;
  return ended.code === 0 ? undefined : (ended.text.split('\n')[0] ?? 'the compiler says nothing');
}

/** What is read of vitest's JSON report. */
type Report = {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
};

function resultOf(report: Report, copy: string, code: number | null): SuiteResult {
  for (const file of report.testResults) {
    const failed = file.assertionResults.find(({ status }) => status === 'failed');
    if (failed !== undefined) return { kind: 'failed', test: failed.fullName, file: path.relative(copy, file.name) };
  }
  const broken = report.testResults.find(({ status }) => status === 'failed');
  if (broken !== undefined) {
    return { kind: 'unusable', reason: `${path.basename(broken.name)} did not load: ${firstLine(broken.message)}` };
  }
  if (report.numPassedTests === 0) return { kind: 'unusable', reason: 'no test ran' };
  if (code !== 0) return { kind: 'unusable', reason: `vitest ended with ${code ?? 'a signal'} though no test failed` };
  return { kind: 'passed', passed: report.numPassedTests };
}

type Ended =
  | { readonly kind: 'ended'; readonly code: number | null; readonly text: string }
  | { readonly kind: 'late' };

/** Runs a program of node_modules in the copy. Throws the reason of `signal` if that ended it. */
function runTool(
  copy: string,
  tool: string,
  args: readonly string[],
  limits: { signal: AbortSignal; msMax: number },
): Promise<Ended> {
  const late = AbortSignal.timeout(limits.msMax);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(copy, 'node_modules', tool), ...args], {
      cwd: copy,
      env: { ...process.env, ...ownEnvironment },
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: AbortSignal.any([limits.signal, late]),
      // A loop without end does not listen to gentler ones.
      killSignal: 'SIGKILL',
    });
    const heard: Buffer[] = [];
    child.stdout.on('data', (data: Buffer) => heard.push(data));
    child.stderr.on('data', (data: Buffer) => heard.push(data));
    child.on('error', (error) => {
      if (limits.signal.aborted) reject(error);
      else if (late.aborted) resolve({ kind: 'late' });
      else reject(new Error(`${tool} did not start`, { cause: error }));
    });
    child.on('close', (code) => {
      // An interrupt from the terminal ends the child by itself; what it says then is no result.
      if (limits.signal.aborted) reject(limits.signal.reason as Error);
      else resolve({ kind: 'ended', code, text: Buffer.concat(heard).toString('utf8') });
    });
  });
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
