/**
 * Keeps a journal to one user at a time. In: its path. Out: `<path>.lock`, which says who holds it: a process by its
 * number, a token that only this run of it knows, and its start. A number alone will not do: after a kill in a container
 * the next process often has the same one, and would take the lock of the killed one for its own.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { JournalError } from './publisher-errors.ts';

/** In memory alone, so no other run of a process has it. */
const token = randomUUID();

/** Locks it. Throws `JournalError` that names the holder if it is in use, and what the file system throws. */
export function lockJournal(file: string): void {
  const name = `${file}.lock`;
  for (;;) {
    try {
      writeFileSync(name, [process.pid, token, startOf(process.pid) ?? ''].join(' ').trimEnd(), { flag: 'wx' });
      return;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const [pid = '', holderToken, holderStart] = readFileSync(name, 'utf8').split(' ');
    const holder = Number(pid);
    if (isHeld(holder, holderToken, holderStart)) {
      throw new JournalError(
        `the journal ${file} is in use by process ${holder}; give each publisher one of its own, or remove ${name} if that ` +
          'process is another program',
      );
    }
    // Left by a process that was killed.
    rmSync(name, { force: true });
  }
}

/** Unlocks it. */
export function unlockJournal(file: string): void {
  rmSync(`${file}.lock`, { force: true });
}

function isHeld(pid: number, holderToken: string | undefined, holderStart: string | undefined): boolean {
  if (holderToken === token) return true;
  if (!isAlive(pid)) return false;
  const start = startOf(pid);
  // With this process's own number and start it is another thread of it, whose token is another one.
  if (holderStart !== undefined && start !== undefined) return holderStart === start;
  return pid !== process.pid;
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Of another user, hence alive.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** When the process began, as the system counts it, and since which boot; `undefined` where the system does not say. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program comes second, in brackets, and may hold blanks and brackets; the start is the 22nd field.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    if (ticks === undefined || ticks === '0') return undefined;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${ticks}`;
  } catch {
    // No such file: another system, or the process has ended; without a start the number decides.
    return undefined;
  }
}
