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
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { asError } from '../as-error.ts';
import { encodeJournalRecord, journalMagic, type JournalRecord, readJournal } from './journal-codec.ts';
import { lockJournal, unlockJournal } from './journal-lock.ts';
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

/** Writes bytes from `offset` on to a place in the file; answers how many it wrote, or throws, as the system does. */
export type JournalWrite = (file: number, bytes: Uint8Array, offset: number, position: number) => number;

const systemWrite: JournalWrite = (file, bytes, offset, position) =>
  writeSync(file, bytes, offset, undefined, position);

/** An open journal. */
export class JournalFile {
  /** What it said when it was opened. */
  readonly opened: JournalState;
  readonly #options: JournalOptions;
  readonly #purpose: JournalPurpose;
  readonly #write: JournalWrite;
  #file: number;
  #bytes = 0;
  #failure: JournalError | undefined;

  /** Opens it, cuts a torn tail and locks it. Throws `JournalError`. */
  constructor(options: JournalOptions, purpose: JournalPurpose, write: JournalWrite = systemWrite) {
    this.#options = options;
    this.#purpose = purpose;
    this.#write = write;
    try {
      lockJournal(options.path);
    } catch (error) {
      throw asJournalError(error, options.path);
    }
    try {
      this.opened = stateIn(options.path, purpose);
      this.#file = this.#rewritten(this.opened);
    } catch (error) {
      unlockJournal(options.path);
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

  /** Appends a record. Throws `JournalError`; what was written of it is cut off again, and nothing more is appended. */
  append(record: JournalRecord): void {
    if (this.#failure !== undefined) throw this.#failure;
    const bytes = encodeJournalRecord(record);
    try {
      this.#writeAll(this.#file, bytes, this.#bytes);
      this.#bytes += bytes.byteLength;
    } catch (error) {
      this.#failure = asJournalError(this.#cutAfter(error), this.#options.path);
      throw this.#failure;
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
    unlockJournal(this.#options.path);
  }

  /** By place, not where the last write ended: after one that failed half-way that is behind the end of the file. */
  #writeAll(file: number, bytes: Uint8Array, position: number): void {
    for (let at = 0; at < bytes.byteLength;) at += this.#write(file, bytes, at, position + at);
  }

  /** Answers the error to tell. Half a record that cannot be cut off now is cut off when the journal is opened. */
  #cutAfter(failed: unknown): unknown {
    try {
      ftruncateSync(this.#file, this.#bytes);
      return failed;
    } catch (error) {
      return new AggregateError([failed, error], `${asError(failed).message}, then ${asError(error).message}`);
    }
  }

  #rewritten(state: JournalState): number {
    const temporary = `${this.#options.path}.new`;
    const file = openSync(temporary, 'w');
    try {
      const parts = [journalMagic, ...recordsOfState(state, this.#purpose).map(encodeJournalRecord)];
      let length = 0;
      for (const bytes of parts) {
        this.#writeAll(file, bytes, length);
        length += bytes.byteLength;
      }
      fsyncSync(file);
      renameSync(temporary, this.#options.path);
      syncFolder(path.dirname(this.#options.path));
      this.#bytes = length;
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

function asJournalError(error: unknown, file: string): JournalError {
  if (error instanceof JournalError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new JournalError(`the journal ${file} cannot be written or read: ${detail}; free space or give another path`, {
    cause: error,
  });
}
