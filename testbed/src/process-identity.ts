/**
 * A process, told from any later one with the same number. In: a pid. Out: the pid with the time its process started.
 * Nothing is ever signalled by its pid alone, because pids are given again.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process: its pid and when it started, in the words of this machine. */
export type ProcessIdentity = { readonly pid: number; readonly startedAt: string };

const lookEveryMs = 50;

/** The process that has this pid now; undefined if there is none, or if it has ended and only waits to be reaped. */
export function identify(pid: number): ProcessIdentity | undefined {
  const startedAt = process.platform === 'linux' ? startOnLinux(pid) : startByPs(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** Whether this very process still runs. One that is stopped by SIGSTOP does. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startedAt === identity.startedAt;
}

/** Signals this very process; false if it has ended. */
export function signal(identity: ProcessIdentity, name: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false;
  try {
    process.kill(identity.pid, name);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** Resolves with true once the process has ended, with false if it still runs after `withinMs` ms. */
export async function ended(identity: ProcessIdentity, withinMs: number): Promise<boolean> {
  const until = performance.now() + withinMs;
  while (isAlive(identity)) {
    if (performance.now() >= until) return false;
    await sleep(lookEveryMs);
  }
  return true;
}

/** Ends a process: SIGTERM, and SIGKILL if it has not ended within `graceMs` ms. Resolves once it has ended. */
export async function endProcess(identity: ProcessIdentity, graceMs: number): Promise<void> {
  signal(identity, 'SIGTERM');
  // A stopped process hears SIGTERM only when it goes on.
  signal(identity, 'SIGCONT');
  if (graceMs > 0 && (await ended(identity, graceMs))) return;
  signal(identity, 'SIGKILL');
  const killWaitMs = 10_000;
  if (!(await ended(identity, killWaitMs))) {
    throw new Error(`process ${identity.pid} runs ${killWaitMs} ms after SIGKILL; look at it with ps`);
  }
}

function startOnLinux(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
  // The second field is the program's name in brackets and may hold anything; the third says the state.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, threads, startedAt] = [fields[0], Number(fields[17]), fields[19]];
  // The first thread may be gone before the others, who hold the ports until they are.
  const hasEnded = state === 'X' || (state === 'Z' && threads <= 1);
  return hasEnded ? undefined : startedAt;
}

function startByPs(pid: number): string | undefined {
  try {
    const text = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return text === '' || text.startsWith('Z') ? undefined : text.replace(/^\S+\s+/, '');
  } catch (error) {
    // ps ends with 1 when there is no such process.
    if ((error as { status?: number }).status === 1) return undefined;
    throw error;
  }
}
