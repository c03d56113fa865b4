/**
 * Processes of pods on this machine's nodes. In: a pod's uid. Out: they are killed at once, as the kernel kills one that takes
 * too much memory; the pod stays, and its container starts again.
 */
import { readdirSync, readFileSync } from 'node:fs';

/** Kills every process of the pod that runs our image; answers how many there were. */
export function killProcesses(podUid: string): number {
  const pids = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter(
      (pid) => textOf(pid, 'cgroup').includes(podUid) && textOf(pid, 'cmdline').includes('/app/image/dist/entry.js'),
    );
  for (const pid of pids) process.kill(Number(pid), 'SIGKILL');
  return pids.length;
}

/** Empty for a process that has ended. */
function textOf(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return '';
    throw error;
  }
}
