/**
 * A journal on disk. In: records. Out: they are with the operating system when `append` returns, so they survive the
 * process; with `sync: 'always'` they are on the disk when `synced` resolves, so they survive the machine. The file is
 * written anew when most of it is settled (law 7), beside its place and moved there, so a crash leaves one or the other.
 */
import {
  closeSync,
  existsSync,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { encodeJournalRecord, journalMagic, type JournalRecord, readJournal } from './journal-codec.ts';
import { type JournalPurpose, type JournalState, recordsOfState, stateOfJournal } from './journal-state.ts';
import { JournalError } from './publisher-errors.ts';

/** Where a journal lies, and what it survives. */
export type JournalOptions = {
  /** A file of its own; made if it is not there. Beside it lies `<path>.lock` while it is in use. */
  readonly path: string;
  /** `os`: survives the end of the process, kill -9 included. `always`: also a loss of power, for a sync a batch. */
  readonly sync?: 'os' | 'always';
  /** Size at which the file is written anew without what is settled, bytes; 8 MiB if absent. */
  readonly rewriteBytes?: number;
};

const rewriteBytesDefault = 8_388_608;

/** An open journal. */
export class JournalFile {
  /** What it said when it was opened. */
  readonly opened: JournalState;
  readonly #options: JournalOptions;
  readonly #purpose: JournalPurpose;
  #file: number;
  #bytes = 0;

  /** Opens it, cuts a torn tail and locks it. Throws `JournalError`. */
  constructor(options: JournalOptions, purpose: JournalPurpose) {
    this.#options = options;
    this.#purpose = purpose;
    lock(options.path);
    try {
      this.opened = stateIn(options.path, purpose);
      this.#file = this.#rewritten(this.opened);
    } catch (error) {
      unlock(options.path);
      throw asJournalError(error, options.path);
    }
  }

  /** Bytes of the file. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether it is time for `rewrite`: the file is large, and most of it is not needed any more. */
  isLarge(neededBytes: number): boolean {
    const limit = this.#options.rewriteBytes ?? rewriteBytesDefault;
    return this.#bytes > limit && this.#bytes > neededBytes * 2;
  }

  /** Appends a record. Throws `JournalError`; what was written of it is cut off again. */
  append(record: JournalRecord): void {
    const bytes = encodeJournalRecord(record);
    try {
      writeAll(this.#file, bytes);
      this.#bytes += bytes.byteLength;
    } catch (error) {
      ftruncateSync(this.#file, this.#bytes);
      throw asJournalError(error, this.#options.path);
    }
  }

  /** Resolves when what was appended survives what it has to. Rejects with `JournalError`. */
  async synced(): Promise<void> {
    if (this.#options.sync !== 'always') return;
    await new Promise<void>((resolve, reject) => {
      fdatasync(this.#file, (error) => {
        if (error === null) resolve();
        else reject(asJournalError(error, this.#options.path));
      });
    });
  }

  /** Writes the file anew, with this state alone. Throws `JournalError`; the file is as it was then. */
  rewrite(state: JournalState): void {
    try {
      const fresh = this.#rewritten(state);
      closeSync(this.#file);
      this.#file = fresh;
    } catch (error) {
      throw asJournalError(error, this.#options.path);
    }
  }

  /** Closes and unlocks it. */
  close(): void {
    closeSync(this.#file);
    unlock(this.#options.path);
  }

  #rewritten(state: JournalState): number {
    const temporary = `${this.#options.path}.new`;
    const file = openSync(temporary, 'w');
    try {
      const parts = [journalMagic, ...recordsOfState(state, this.#purpose).map(encodeJournalRecord)];
      for (const bytes of parts) writeAll(file, bytes);
      fsyncSync(file);
      renameSync(temporary, this.#options.path);
      syncFolder(path.dirname(this.#options.path));
      this.#bytes = parts.reduce((sum, bytes) => sum + bytes.byteLength, 0);
      return file;
    } catch (error) {
      closeSync(file);
      throw error;
    }
  }
}

function stateIn(file: string, purpose: JournalPurpose): JournalState {
  const { records, damagedAt } = readJournal(existsSync(file) ? readFileSync(file) : new Uint8Array());
  if (damagedAt !== undefined) {
    throw new JournalError(
      `the journal ${file} is damaged at byte ${damagedAt}, before its end, so it may lack ticks that were taken; keep it ` +
        'for inspection and give another path',
    );
  }
  return stateOfJournal(records, purpose);
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.byteLength;) at += writeSync(file, bytes, at);
}

/** A rename is durable when its folder is. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const file = openSync(folder, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function lock(file: string): void {
  const name = `${file}.lock`;
  for (;;) {
    try {
      writeFileSync(name, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw asJournalError(error, file);
    }
    const holder = Number(readFileSync(name, 'utf8'));
    if (isAlive(holder)) {
      throw new JournalError(
        `the journal ${file} is in use by process ${holder}; give each publisher one of its own, or remove ${name} if that ` +
          'process is another program',
      );
    }
    // Left by a process that was killed.
    rmSync(name, { force: true });
  }
}

function unlock(file: string): void {
  rmSync(`${file}.lock`, { force: true });
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

function asJournalError(error: unknown, file: string): JournalError {
  if (error instanceof JournalError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new JournalError(`the journal ${file} cannot be written or read: ${detail}; free space or give another path`, {
    cause: error,
  });
}
