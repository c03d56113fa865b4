/**
 * Programs of this machine. In: a name and folders, or an environment. Out: the path of the first that may be run, or
 * undefined. Nothing is run.
 */
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';

/** The program of this name in PATH; undefined if there is none. */
export function findTool(name: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const folders = (env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  return findIn(folders, name);
}

/** The program of this name in the first of `folders` that has it. */
export function findIn(folders: readonly string[], name: string): string | undefined {
  return folders.map((folder) => path.join(folder, name)).find(isProgram);
}

function isProgram(file: string): boolean {
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return false;
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return false;
    throw error;
  }
}
