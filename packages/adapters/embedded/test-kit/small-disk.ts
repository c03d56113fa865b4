/**
 * A disk that is soon full. In: its size. Out: a directory on a file system of its own that goes with the test, or why
 * there is none: only root may mount, and only on Linux.
 */
import { spawnSync } from 'node:child_process';
import { newDirectory } from './data-directory.ts';
import { onTestFinished } from 'vitest';

/** Whether a tmpfs can be mounted here. */
export function canMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  // In a mount namespace of its own, so that trying it leaves nothing behind.
  return spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', '/mnt']).status === 0;
}

/** Mounts a tmpfs with these options, such as `size=8m`, until the test ends. */
export function smallDisk(options: string): string {
  const path = newDirectory();
  mountOrThrow(['-t', 'tmpfs', '-o', options, 'tmpfs', path]);
  onTestFinished(() => void spawnSync('umount', ['--lazy', path]));
  return path;
}

/** Mounts it again with other options, such as `remount,size=64m`. */
export function remount(path: string, options: string): void {
  mountOrThrow(['-o', `remount,${options}`, path]);
}

function mountOrThrow(args: readonly string[]): void {
  const { status, stderr } = spawnSync('mount', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`mount ${args.join(' ')}: ${stderr}`);
}
