/**
 * A process that stands for a server where only its life matters. In: nothing. Out: a process that sleeps for a minute at
 * most, told by its identity.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { identify, type ProcessIdentity } from '../src/process-identity.ts';

/** Starts one. */
export async function sleepingServer(): Promise<ProcessIdentity> {
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { stdio: 'ignore' });
  child.unref();
  await once(child, 'spawn');
  const identity = identify(child.pid ?? 0);
  if (identity === undefined) throw new Error('the sleeping process ended at once');
  return identity;
}
