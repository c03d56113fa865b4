/** The entry of the image: its argument is the process, everything after it belongs to that. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { entryUrl, imageProcesses, readImageCall } from '../../image/src/processes.ts';
import { root } from './rendered-chart.ts';

const entry = path.join(root, 'image/src/entry.ts');

function run(args: readonly string[]): {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
} {
  const command = ['--conditions=source', '--disable-warning=ExperimentalWarning', entry, ...args];
  return spawnSync(process.execPath, command, { encoding: 'utf8' });
}

test.each(Object.entries(imageProcesses))('%s has its entry among the sources', (_, each) => {
  expect(existsSync(entryUrl(each, new URL(`file://${entry}`).href))).toBe(true);
});

test('a built entry looks among what is built', () => {
  const { worker } = imageProcesses;
  expect(worker && entryUrl(worker, 'file:///app/image/dist/entry.js').pathname).toBe(
    '/app/services/worker/dist/main.js',
  );
});

test('what follows the name goes to the process as if it had been started by itself', () => {
  expect(readImageCall(['feed', '--once', 'x'])).toMatchObject({ kind: 'run', args: ['--once', 'x'] });
  expect(readImageCall(['serve', '--once'])).toMatchObject({ kind: 'run', args: ['serve', '--once'] });
});

test('a name that there is not ends with 2 and all that there are, in one line', () => {
  const { status, stderr } = run(['ingets']);
  expect([status, stderr]).toEqual([
    2,
    expect.stringMatching(/^tapeline: there is no process "ingets"; give one of ingest, worker, .*\n$/),
  ]);
  expect(run([])).toMatchObject({ status: 2, stderr: expect.stringContaining('names no process') as string });
});

test('names of JavaScript’s own are no processes', () => {
  expect(readImageCall(['constructor']).kind).toBe('wrong');
});

test('help names every process; that of a process is its own', () => {
  const { status, stdout } = run(['--help']);
  expect(status).toBe(0);
  for (const name of Object.keys(imageProcesses)) expect(stdout).toContain(`  ${name} `);
  expect(run(['ingest', '--help']).stdout).toContain('--linger');
});

test('the exit code is that of the process', () => {
  expect(run(['query', '--nothing'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('--nothing') as string,
  });
});
