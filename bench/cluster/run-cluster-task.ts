/**
 * Runs a task of `cluster-child.ts` in a process of its own. In: the task's name and argument. Out: its result. Nothing else
 * is measured meanwhile: it waits for the end of the process.
 */
import { fileURLToPath } from 'node:url';
import { runProgram } from '../run-in-child.ts';
import type { ClusterTasks } from './cluster-child.ts';

const childFile = fileURLToPath(new URL('cluster-child.ts', import.meta.url));

/** Runs the task to its end. Throws `BenchChildError` if the child fails. */
export function runClusterTask<Name extends keyof ClusterTasks>(
  name: Name,
  argument: Parameters<ClusterTasks[Name]>[0],
): Awaited<ReturnType<ClusterTasks[Name]>> {
  return runProgram(childFile, name, argument) as Awaited<ReturnType<ClusterTasks[Name]>>;
}
