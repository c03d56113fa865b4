/**
 * The cgroups below which a node keeps those of its pods, so that two kubelets on one machine do not tidy each other's
 * away. In: a name. Out: a folder in every hierarchy, made or removed.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cgroupFolders } from './node-needs.ts';

const removeWithinMs = 10_000;
const lookEveryMs = 20;

/** Makes them; in cpuset, of version 1, they may use what the root may. */
export function makeCgroups(name: string): void {
  for (const root of cgroupFolders()) {
    const folder = path.join(root, name);
    mkdirSync(folder, { recursive: true });
    for (const part of ['cpuset.cpus', 'cpuset.mems']) {
      const of = path.join(root, part);
      if (existsSync(of)) writeFileSync(path.join(folder, part), readFileSync(of));
    }
  }
}

/** Removes them with all below. Processes that were just killed are waited for. Rejects after 10 s. */
export async function removeCgroups(name: string): Promise<void> {
  const until = performance.now() + removeWithinMs;
  for (const root of cgroupFolders()) {
    while (!removeTree(path.join(root, name))) {
      if (performance.now() >= until)
        throw new Error(`processes live on in ${path.join(root, name)} for ${removeWithinMs} ms`);
      await sleep(lookEveryMs);
    }
  }
}

/** False if a process lives in it. */
function removeTree(folder: string): boolean {
  if (!existsSync(folder)) return true;
  const parts = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  if (!parts.every((entry) => removeTree(path.join(folder, entry.name)))) return false;
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return true;
    if (code === 'EBUSY') return false;
    throw error;
  }
}
