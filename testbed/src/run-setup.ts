/**
 * For vitest's `globalSetup`: opens a run before the tests and closes it after them. In: nothing. Out: a folder named in
 * the environment, which the workers inherit; no server is started before a test asks for one.
 */
import { closeRun, openRun, runVariable } from './servers-of-run.ts';

let opened: string | undefined;
let users = 0;

/** Opens the run; projects of one vitest share it. */
export function setup(): void {
  users += 1;
  if (opened !== undefined) return;
  opened = openRun();
  process.env[runVariable] = opened;
}

/** Ends the servers of the run, after the last project. */
export async function teardown(): Promise<void> {
  users -= 1;
  if (users > 0 || opened === undefined) return;
  const folder = opened;
  opened = undefined;
  delete process.env[runVariable];
  await closeRun(folder);
}
