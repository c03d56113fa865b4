/**
 * The directory before any database is opened. In: its path. Out: a directory that is there and can be written, or an
 * `EmbeddedError`. Whether it can be written is tried out, because permissions alone do not say it.
 */
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EmbeddedError } from './embedded-error.ts';
import { openErrorOf } from './open-errors.ts';

/** Makes the directory if it is not there, and tries to write in it. */
export function prepareDirectory(dataDir: string, partitions: number): void {
  if (statSync(dataDir, { throwIfNoEntry: false })?.isDirectory() === false) throw notDirectory(dataDir);
  const probe = join(dataDir, `probe-${process.pid}`);
  try {
    if (statSync(dataDir, { throwIfNoEntry: false }) === undefined) makeDirectory(dataDir);
    writeFileSync(probe, '');
    rmSync(probe);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOTDIR' || code === 'EEXIST') throw notDirectory(dataDir, error);
    throw openErrorOf(error, { dataDir, file: '', partitions });
  }
}

/**
 * Makes the directory and those that it lies in. Node's own recursive way hides why a directory cannot be made, and
 * does not return where one that is there takes no others, as /proc.
 */
function makeDirectory(path: string): void {
  const parent = dirname(path);
  if (statSync(parent, { throwIfNoEntry: false }) === undefined) makeDirectory(parent);
  try {
    mkdirSync(path);
  } catch (error) {
    const isThere = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !isThere) throw error;
  }
}

function notDirectory(dataDir: string, cause?: unknown): EmbeddedError {
  const message = `${dataDir} is not a directory, or lies in something that is none; choose another path`;
  return new EmbeddedError('DATA_DIR_NOT_A_DIRECTORY', message, { cause });
}
