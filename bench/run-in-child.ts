/**
 * Runs a task of `child.ts` in a process of its own. In: the task's name and argument. Out: its result. The child gets
 * the flags that this process runs with; what it writes to stderr goes to ours.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ChildTasks } from './child.ts';

const childFile = fileURLToPath(new URL('child.ts', import.meta.url));
/** Results are small; a child that writes more than this has gone wrong. */
const resultBytesMax = 16_777_216;

/** A child ended without a result. */
export class BenchChildError extends Error {
  override name = 'BenchChildError';
}

/** What a task of that name takes and gives. */
export type TaskArgument<Name extends keyof ChildTasks> = Parameters<ChildTasks[Name]>[0];
export type TaskResult<Name extends keyof ChildTasks> = Awaited<ReturnType<ChildTasks[Name]>>;

/** Runs the task to its end. Throws `BenchChildError` if the child fails. */
export function runInChild<Name extends keyof ChildTasks>(name: Name, argument: TaskArgument<Name>): TaskResult<Name> {
  return runProgram(childFile, name, argument) as TaskResult<Name>;
}

/** Runs a program that takes a task's name and its argument as JSON, and writes a result as JSON. Throws `BenchChildError`. */
export function runProgram(file: string, name: string, argument: unknown): unknown {
  const child = spawnSync(process.execPath, [...process.execArgv, file, name, JSON.stringify(argument)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: resultBytesMax,
    encoding: 'utf8',
  });
  if (child.error !== undefined)
    throw new BenchChildError(`the process for ${name} did not start`, { cause: child.error });
  if (child.status !== 0)
    throw new BenchChildError(`the process for ${name} ended with ${child.status ?? child.signal}`);
  return JSON.parse(child.stdout);
}
