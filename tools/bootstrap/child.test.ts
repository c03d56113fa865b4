/** A task ends as its child ends: same exit code, same signal; several steps run to the last whatever the first did. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** A program that runs `steps` as the bootstrap does and ends like them. */
function program(steps: readonly { label: string; command: string; args: readonly string[] }[]): string[] {
  const withCwd = JSON.stringify(steps.map((step) => ({ ...step, cwd: folder })));
  const source = `
    import { endAs, runChild } from './child.mjs';
    import { runSteps } from './steps.mjs';
    const steps = ${withCwd};
    endAs(steps.length === 1 ? await runChild(steps[0]) : await runSteps('check', steps));`;
  return ['--input-type=module', '--eval', source];
}

function node(label: string, source: string): { label: string; command: string; args: string[] } {
  return { label, command: process.execPath, args: ['--eval', source] };
}

test('the exit code of the child is ours', () => {
  const ended = spawnSync(process.execPath, program([node('a', 'process.exit(7)')]), { cwd: folder });
  expect([ended.status, ended.signal]).toEqual([7, null]);
});

test('a signal that ends the child ends us', () => {
  const ended = spawnSync(process.execPath, program([node('a', 'process.kill(process.pid, "SIGKILL")')]), {
    cwd: folder,
  });
  expect(ended.signal).toBe('SIGKILL');
});

test('SIGTERM is passed on, and the child decides how to end', async () => {
  const source = 'process.on("SIGTERM", () => process.exit(5)); setInterval(() => {}, 1000); console.log("up")';
  const child = spawn(process.execPath, program([node('a', source)]), {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([5, null]);
});

test('a command that is not there is one line and exit code 127', () => {
  const ended = spawnSync(process.execPath, program([{ label: 'a', command: 'no-such-command', args: [] }]), {
    cwd: folder,
  });
  expect(ended.status).toBe(127);
  expect(ended.stderr.toString()).toMatch(/^tapeline: a did not start \(.*ENOENT.*\)\.\n$/);
});

test('all steps run, the last line names those that failed', () => {
  const steps = [
    node('one', 'process.exit(1)'),
    node('two', 'console.log("two ran")'),
    node('three', 'process.exit(3)'),
  ];
  const ended = spawnSync(process.execPath, program(steps), { cwd: folder });
  expect(ended.status).toBe(1);
  expect(ended.stdout.toString()).toBe('two ran\n');
  expect(ended.stderr.toString().trimEnd().split('\n').at(-1)).toBe('check: failed: one, three');
});
