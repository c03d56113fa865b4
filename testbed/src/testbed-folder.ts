/**
 * The folder of a cluster. In: a wish, or nothing. Out: a folder that is removed when the cluster is closed, or kept when
 * something failed or the caller wants to look. It lies in the system's folder for temporary files unless one is given.
 */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { removeFolder } from './server-ledger.ts';

/** What may be chosen of it. */
export type FolderConfig = {
  /** Parent of all files of the cluster, made if it is missing; for instance on a small tmpfs. Never removed itself. */
  readonly directory?: string;
  /** Whether everything stays after `close()`. */
  readonly keep?: boolean;
  /** Whether its servers go on when this process ends, and the folder with them. */
  readonly stays?: boolean;
};

/** A cluster's folder. */
export type TestbedFolder = {
  readonly path: string;
  /** Removes it, unless it is kept. */
  release(): void;
};

const exiting = new Set<string>();
let isHooked = false;

/** Makes the folder. One that is not kept is removed at the latest when this process exits. */
export function makeFolder(kind: string, config: FolderConfig): TestbedFolder {
  const parent = config.directory === undefined ? tmpdir() : path.resolve(config.directory);
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(path.join(parent, `tapeline-${kind}-`));
  if (config.keep === true) return { path: folder, release: () => undefined };
  if (config.stays !== true) exiting.add(folder);
  removeFoldersAtExit();
  return {
    path: folder,
    release: () => {
      exiting.delete(folder);
      removeFolder(folder);
    },
  };
}

/** Leaves a folder alone from now on: its logs say what went wrong. */
export function keepFolder(folder: TestbedFolder): void {
  exiting.delete(folder.path);
}

/** Servers are killed before, by a listener that puts itself in front. */
function removeFoldersAtExit(): void {
  if (isHooked) return;
  isHooked = true;
  process.on('exit', () => {
    for (const folder of exiting) removeFolder(folder);
  });
}
