/** The shell of a process: help, everything wrong at once, expected errors as one line, and the exit code of each. */
import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { textOption } from './option-kinds.ts';
import type { OptionValues } from './option.ts';
import { processOptions } from './process-options.ts';
import { type ProcessHost, type ProcessParts, runProcess } from './run-process.ts';
import { untilStopped } from './until-stopped.ts';

const table = { ...processOptions, name: textOption({ help: 'A name.', charsMax: 4 }) };

class ExpectedError extends Error {}

class FakeHost extends EventEmitter implements ProcessHost {
  readonly argv: readonly string[];
  readonly env = {};
  exitCode: number | undefined;
  out = '';
  err = '';
  readonly stdout = { write: (text: string): void => void (this.out += text) };
  readonly stderr = { write: (text: string): void => void (this.err += text) };

  constructor(...args: readonly string[]) {
    super();
    this.argv = ['node', 'main.ts', ...args, '--log-level', 'silent'];
  }

  exit(code: number): void {
    this.exitCode = code;
  }
}

type Run = (values: OptionValues<typeof table>, parts: ProcessParts) => Promise<void>;

async function ran(host: FakeHost, run: Run = async () => undefined): Promise<FakeHost> {
  await runProcess(
    {
      name: 'thing',
      about: 'Does a thing.',
      table,
      problems: ({ name }) => (name === 'bad' ? ['--name bad is taken; give another'] : []),
      run,
      isExpected: (error) => error instanceof ExpectedError,
    },
    host,
  );
  return host;
}

test('its help says what it does and every option, and nothing runs', async () => {
  let runs = 0;
  const { out, err, exitCode } = await ran(new FakeHost('--help'), async () => void (runs += 1));
  expect([runs, err, exitCode]).toEqual([0, '', undefined]);
  expect(out).toMatch(/^Does a thing\.\n\n/);
  for (const name of ['grace', 'log-level', 'log-format', 'name']) expect(out).toContain(`--${name} `);
});

test('everything that is wrong is a line with the name of the process, and the exit code is 2', async () => {
  const { err, exitCode } = await ran(new FakeHost('--name', 'too long', '--grace', '1y', 'file'));
  expect(exitCode).toBe(2);
  const lines = err.trimEnd().split('\n');
  expect(lines).toHaveLength(3);
  for (const line of lines) expect(line).toMatch(/^thing: .*; /);
  expect((await ran(new FakeHost('--name', 'bad'))).err).toBe('thing: --name bad is taken; give another\n');
});

test('the work gets the values and ends at the first signal', async () => {
  const host = new FakeHost('--name', 'abc');
  const seen: (string | undefined)[] = [];
  const running = ran(host, async ({ name }, { stop }) => {
    seen.push(name);
    await untilStopped(stop);
    seen.push('stopped');
  });
  host.emit('SIGTERM', 'SIGTERM');
  await running;
  expect([seen, host.exitCode, host.err]).toEqual([['abc', 'stopped'], undefined, '']);
});

test('an expected error is one line and code 2, any other is for whoever ends processes on defects', async () => {
  const expected = await ran(new FakeHost(), async () => {
    throw new ExpectedError('no broker answered at h:1; start one');
  });
  expect([expected.err, expected.exitCode]).toEqual(['thing: no broker answered at h:1; start one\n', 2]);
  const host = new FakeHost();
  const defect = ran(host, async () => {
    throw new TypeError('x is not a function');
  });
  await expect(defect).rejects.toThrow(TypeError);
  host.emit('uncaughtException', new TypeError('x is not a function'));
  expect([host.err, host.exitCode]).toEqual(['', 3]);
});

test('a stop that came before the wait for it is not missed', async () => {
  await expect(untilStopped(AbortSignal.abort())).resolves.toBeUndefined();
});
