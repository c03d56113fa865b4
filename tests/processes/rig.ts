/**
 * What tests of processes start and make. In: names and options. Out: processes and folders, which are gone after the test
 * that asked for them, whatever became of it; last made, first gone.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach } from 'vitest';
import { type ProcessName, startProcess, type StartedProcess } from './started-process.ts';

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

/** Runs `cleanUp` after the test. */
export function afterTest(cleanUp: () => unknown): void {
  cleanUps.push(cleanUp);
}

/** Starts a process of the test. */
export function start(
  name: ProcessName,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): StartedProcess {
  const started = startProcess(name, args, env);
  afterTest(() => started.end('SIGKILL'));
  return started;
}

/** An empty folder of the test. */
export function folder(): string {
  const made = mkdtempSync(path.join(tmpdir(), 'tapeline-processes-'));
  afterTest(() => rmSync(made, { recursive: true, force: true }));
  return made;
}
