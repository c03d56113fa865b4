/**
 * Where bars are written. In: text. Out: standard output, or a file that appears when it is whole: it is written beside
 * its name and renamed at the end. What cannot be opened is an answer; what fails later is thrown as an `OutputError`.
 */
import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Writable } from 'node:stream';

/** A place for text, written in order. */
export type Output = {
  write(text: string): Promise<void>;
  /** Everything is written: lets the file appear. */
  finish(): Promise<void>;
  /** Leaves nothing behind. */
  discard(): Promise<void>;
};

/** Text could not be written; `code` is the operating system's, such as ENOSPC or EPIPE. */
export class OutputError extends Error {
  override name = 'OutputError';
  readonly code: string;

  constructor(place: string, cause: unknown) {
    super(`${place} cannot be written: ${reasonOf(cause)}`, { cause });
    this.code = codeOf(cause);
  }
}

/** A stream that is open already. Its errors are thrown by `write`, also those that come later. */
export function streamOutput(stream: Writable, place: string): Output {
  // Without a listener the error that `write` answers with would also end the process.
  stream.on('error', doNothing);
  return {
    write: (text) =>
      new Promise((resolve, reject) => {
        stream.write(text, (error) => (error ? reject(new OutputError(place, error)) : resolve()));
      }),
    finish: () => Promise.resolve(),
    discard: () => Promise.resolve(),
  };
}

function doNothing(): void {
  return undefined;
}

/**
 * A file by its name; `inputs` are files that it must not replace. Answers a sentence if it cannot be opened. A device
 * or a pipe is written as it is, and a link stays a link.
 */
export async function fileOutput(path: string, inputs: readonly string[]): Promise<Output | { problem: string }> {
  try {
    const target = await realpathOr(path);
    for (const input of inputs) {
      if ((await realpathOr(input)) === target) return { problem: `${path} is one of the files to read; name another` };
    }
    const stats = await stat(target).catch(undefinedIfMissing);
    if (stats?.isDirectory() === true) return { problem: `${path} is a directory; name a file in it` };
    if (stats !== undefined && !stats.isFile()) return directOutput(await open(target, 'w'), path);
    const partial = join(dirname(target), `.${basename(target)}.${process.pid}.partial`);
    return renamedOutput(await open(partial, 'w'), partial, target, path);
  } catch (error) {
    return { problem: `${path} cannot be written: ${reasonOf(error)}` };
  }
}

function directOutput(handle: FileHandle, place: string): Output {
  return {
    write: (text) => attempt(place, () => handle.appendFile(text)),
    finish: () => attempt(place, () => handle.close()),
    discard: () => handle.close(),
  };
}

function renamedOutput(handle: FileHandle, partial: string, target: string, place: string): Output {
  return {
    write: (text) => attempt(place, () => handle.appendFile(text)),
    finish: () =>
      attempt(place, async () => {
        await handle.sync();
        await handle.close();
        await rename(partial, target);
      }),
    discard: async () => {
      await handle.close();
      await rm(partial, { force: true });
    },
  };
}

async function attempt(place: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    throw new OutputError(place, error);
  }
}

async function realpathOr(path: string): Promise<string> {
  return (await realpath(path).catch(undefinedIfMissing)) ?? path;
}

function undefinedIfMissing(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error;
  return undefined;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function reasonOf(error: unknown): string {
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'its folder does not exist; make the folder first, or correct the name';
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return 'writing there is not permitted; name a file in a folder of yours';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'the disk is full; make room, or name a file on another disk';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
