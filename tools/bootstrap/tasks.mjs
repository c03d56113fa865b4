// @ts-check
/**
 * The tasks by name. In: a task, its arguments, where things are. Out: the commands to run. Nothing is run here.
 * TypeScript runs from its sources: `--conditions=source` makes the workspaces' packages resolve to `src/`.
 */
import path from 'node:path';

/**
 * @typedef {import('./child.mjs').Step} Step
 * @typedef {{ root: string, node: string, cwd: string, env: NodeJS.ProcessEnv }} Place
 * `root` of the repository, `node` to run with, `cwd` and `env` of this process.
 * @typedef {(args: readonly string[], place: Place) => Step[]} Task
 */

/** All projects of tests but the long one. */
const shortProjects = ['--project', 'unit', '--project', 'tests'];

/** @type {Record<string, Task>} */
const tasks = {
  tapeline: (args, place) => [{ ...script(place, ['services/standalone/src/main.ts'], args), cwd: typedIn(place) }],
  // operator/bin/kubectl-tapeline starts it; kubeconfigs are named from where that was typed.
  'kubectl-tapeline': (args, place) => [
    { ...script(place, ['operator/src/plugin/kubectl-tapeline.ts'], args), cwd: typedIn(place) },
  ],
  // The faults run by themselves, for as long as they take.
  test: (args, place) => [vitest(place, 'test', [...(args.includes('--project') ? [] : shortProjects), ...args])],
  'test:faults': (args, place) => [vitest(place, 'test:faults', ['--project', 'faults', ...args])],
  // A real Kubernetes, which takes a quarter of an hour to build the first time.
  'test:cluster': (args, place) => [vitest(place, 'test:cluster', ['--project', 'cluster', ...args])],
  testbed: (args, place) => [{ ...script(place, ['testbed/src/main.ts'], args), cwd: typedIn(place) }],
  bench: (args, place) => [script(place, ['--expose-gc', 'bench/main.ts'], args)],
  mutants: (args, place) => [script(place, ['tests/mutants/run.ts'], args)],
  check: (_args, place) => [
    tool(place, 'format', 'oxfmt/bin/oxfmt', ['--check', '.']),
    tool(place, 'lint', 'oxlint/bin/oxlint', ['--deny-warnings', '.']),
    tool(place, 'types', 'typescript/bin/tsc', ['-b']),
    { ...script(place, ['tools/generate/check.mjs'], []), label: 'contract' },
    vitest(place, 'house rules', ['tools/house-rules']),
  ],
  format: (args, place) => [tool(place, 'format', 'oxfmt/bin/oxfmt', args.length === 0 ? ['.'] : args)],
  generate: (args, place) => [
    script(place, ['tools/generate/run.mjs'], args),
    script(place, ['operator/src/crd/print.ts', 'charts/tapeline/files/crds'], []),
    script(place, ['tools/charts/write-readme.ts'], []),
  ],
};

/** Every task's name. */
export const taskNames = Object.keys(tasks);

/**
 * @param {string | undefined} name
 * @returns {name is string}
 */
export function isTask(name) {
  return name !== undefined && Object.hasOwn(tasks, name);
}

/**
 * The commands of a task, in order.
 * @param {string} name one of `taskNames`
 * @param {readonly string[]} args
 * @param {Place} place
 * @returns {Step[]}
 */
export function taskSteps(name, args, place) {
  const task = tasks[name];
  if (task === undefined) throw new RangeError(`no task is named ${name}`);
  return task(args, place);
}

/**
 * Runs one of our own files; the last of `nodeArgs` is the file, relative to the root.
 * @param {Place} place
 * @param {readonly string[]} nodeArgs
 * @param {readonly string[]} args
 * @returns {Step}
 */
function script(place, nodeArgs, args) {
  const file = nodeArgs[nodeArgs.length - 1] ?? '';
  return {
    label: file,
    command: place.node,
    // Early versions of Node 24 announce on stderr that they run TypeScript; that is no news to who typed a task.
    args: [
      '--disable-warning=ExperimentalWarning',
      '--conditions=source',
      ...nodeArgs.slice(0, -1),
      path.join(place.root, file),
      ...args,
    ],
    cwd: place.root,
  };
}

/**
 * @param {Place} place
 * @param {string} label
 * @param {string} file inside node_modules
 * @param {readonly string[]} args
 * @returns {Step}
 */
function tool(place, label, file, args) {
  return { label, command: place.node, args: [path.join(place.root, 'node_modules', file), ...args], cwd: place.root };
}

/**
 * @param {Place} place
 * @param {string} label
 * @param {readonly string[]} args
 * @returns {Step}
 */
function vitest(place, label, args) {
  return tool(place, label, 'vitest/vitest.mjs', ['run', ...args]);
}

/**
 * The folder in which the person typed the command, so that relative files mean what they say. npm moves to the
 * package's root and leaves the folder in INIT_CWD; a value inherited from another npm script is not ours.
 * @param {Place} place
 * @returns {string}
 */
function typedIn(place) {
  const startedByNpm = ['start', 'kubectl-tapeline', 'testbed'].includes(place.env['npm_lifecycle_event'] ?? '');
  return (startedByNpm ? place.env['INIT_CWD'] : undefined) ?? place.cwd;
}
