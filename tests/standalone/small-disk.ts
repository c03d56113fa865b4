/**
 * A disk of its own that is small enough to be filled. In: a size. Out: a folder on a tmpfs, which is taken away again.
 * Only who may mount has one; tests that need it say so.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether this process may mount. */
export const canMount: boolean = ((): boolean => {
  const folder = mkdtempSync(join(tmpdir(), 'tapeline-mount-'));
  const mounted = mount(folder, '1m');
  if (mounted) spawnSync('umount', [folder]);
  rmSync(folder, { recursive: true, force: true });
  return mounted;
})();

/** Runs `work` with a disk of `size`, such as `16m`. */
export async function onSmallDisk(size: string, work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tapeline-disk-'));
  if (!mount(folder, size)) throw new Error(`no disk of ${size} can be mounted on ${folder}`);
  try {
    await work(folder);
  } finally {
    spawnSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes a file until the disk takes no more. */
export function fillDisk(path: string): void {
  const file = openSync(path, 'w');
  try {
    for (const size of [1_048_576, 4_096]) {
      for (let free = statfsSync(path); free.bavail > 0; free = statfsSync(path)) {
        try {
          writeSync(file, Buffer.alloc(size));
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
          break;
        }
      }
    }
  } finally {
    closeSync(file);
  }
}

function mount(folder: string, size: string): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]).status === 0;
}
