/**
 * Starts the appending process and reads what it says. In: a directory and a way to start. Out: its lines so far, whole
 * lines alone, and its end. Every child that a test starts ends with the test.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished, vi } from 'vitest';
import { newDirectory } from './data-directory.ts';

const script = fileURLToPath(new URL('./appending-process.ts', import.meta.url));

/** A running appending process. */
export type AppendingChild = {
  readonly process: ChildProcess;
  /** Whole lines so far. */
  lines(): readonly string[];
  /** Resolves when the process has ended and all of its output is here. */
  readonly ended: Promise<unknown>;
  /** Waits until there are this many lines, or the process ended. */
  waitForLines(count: number): Promise<void>;
};

/** Starts one; `before` is a command with arguments that starts the rest of its own, such as `prlimit`. */
export function startAppending(dataDir: string, before: readonly string[] = []): AppendingChild {
  const [command, ...args] = [...before, process.execPath, '--conditions=source', script, dataDir];
  // Into a file: what was written to it outlives the writer, and a slow reader does not hold it up as a pipe does.
  const output = join(newDirectory(), 'lines');
  const file = openSync(output, 'w');
  const child = spawn(command as string, args, { stdio: ['ignore', file, 'inherit'] });
  closeSync(file);
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = (): readonly string[] => readFileSync(output, 'utf8').split('\n').slice(0, -1);
  return {
    process: child,
    lines,
    ended: once(child, 'exit'),
    waitForLines: async (count) => {
      const isEnough = (): boolean => lines().length >= count || child.exitCode !== null;
      await vi.waitUntil(isEnough, { timeout: 30_000, interval: 2 });
    },
  };
}
