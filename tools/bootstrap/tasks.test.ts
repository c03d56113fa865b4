/** Each task becomes the command that CONTRIBUTING names, in the folder the person means. */
import path from 'node:path';
import { expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { isTask, taskNames, taskSteps } from './tasks.mjs';

const root = path.join(path.sep, 'repo');
const place = { root, node: '/n/node', cwd: root, env: {} };

test('every npm script starts a task, and every task has a script', () => {
  const started = Object.values(manifest.scripts).map((script) => script.replace('node tools/bootstrap/run.mjs ', ''));
  expect(started.toSorted()).toEqual(taskNames.toSorted());
});

test('a name that only every object has is no task', () => {
  expect([isTask('test'), isTask('toString'), isTask(undefined)]).toEqual([true, false, false]);
});

test('our own programs run unbuilt, from their sources, with the arguments as typed', () => {
  const [step] = taskSteps('bench', ['fold', '--json', 'out.json'], place);
  expect(step).toMatchObject({ command: '/n/node', cwd: root });
  expect(step?.args).toEqual([
    '--disable-warning=ExperimentalWarning',
    '--conditions=source',
    '--expose-gc',
    path.join(root, 'bench/main.ts'),
    'fold',
    '--json',
    'out.json',
  ]);
});

test('the command runs where the person typed it, since its files are named from there', () => {
  const typed = path.join(path.sep, 'home', 'ada');
  const cwdOf = (env: NodeJS.ProcessEnv, cwd = root): string | undefined =>
    taskSteps('tapeline', [], { ...place, env, cwd })[0]?.cwd;
  expect(cwdOf({ npm_lifecycle_event: 'start', INIT_CWD: typed })).toBe(typed);
  expect(cwdOf({}, typed)).toBe(typed);
  // Under `npm test` a started command is the test's own: npm's variables are not about it.
  expect(cwdOf({ npm_lifecycle_event: 'test', INIT_CWD: root }, typed)).toBe(typed);
});

test('the kubectl plugin runs where it was typed, since kubeconfigs are named from there', () => {
  const typed = path.join(path.sep, 'home', 'ada');
  const [step] = taskSteps('kubectl-tapeline', ['status', '-A'], { ...place, cwd: typed });
  expect(step?.cwd).toBe(typed);
  expect(step?.args.slice(-3)).toEqual([path.join(root, 'operator/src/plugin/kubectl-tapeline.ts'), 'status', '-A']);
});

test('the faults are a project of their own, which npm test leaves out', () => {
  const projectsOf = (name: string, ...typed: string[]): string[] => {
    const args = taskSteps(name, [...typed, 'tests/faults'], place)[0]?.args ?? [];
    expect(args.at(-1)).toBe('tests/faults');
    return args.filter((_, index) => args[index - 1] === '--project');
  };
  expect([projectsOf('test'), projectsOf('test:faults')]).toEqual([['unit', 'tests'], ['faults']]);
  expect(projectsOf('test', '--project', 'unit')).toEqual(['unit']);
});

test('the testbed runs where the person typed it, since its folders are named from there', () => {
  const typed = path.join(path.sep, 'home', 'ada');
  const env = { npm_lifecycle_event: 'testbed', INIT_CWD: typed };
  const [step] = taskSteps('testbed', ['up', 'kafka', '--dir', 'here'], { ...place, env });
  expect(step?.cwd).toBe(typed);
  expect(step?.args.slice(-5)).toEqual([path.join(root, 'testbed/src/main.ts'), 'up', 'kafka', '--dir', 'here']);
});

test('check runs format, lint, types, contract and house rules, each as a step of its own', () => {
  expect(taskSteps('check', [], place).map((step) => step.label)).toEqual([
    'format',
    'lint',
    'types',
    'contract',
    'house rules',
  ]);
});

test('format takes the files that are named, else everything', () => {
  const formatted = (args: string[]): string[] => taskSteps('format', args, place)[0]?.args.slice(1) ?? [];
  expect([formatted([]), formatted(['bench'])]).toEqual([['.'], ['bench']]);
});
