/**
 * A reader that follows a log. In: how records are loaded from an offset on, and when there may be more. Out: runs of them, each beginning
 * behind the one before, as `LogReader` and `ControlLogReader` promise it. Calls that are not awaited follow one another, so that no two
 * of them hand out the same records; one that rejects leaves the reader where it was.
 */
import type { LogChanges } from './log-changes.ts';

/** What a reader follows. */
export type SequencedLog<Logged> = {
  /** Told whenever `load` may find more, or the log was closed. */
  readonly changes: LogChanges;
  /**
   * Records from `offset` on, in offset order; none where there is nothing yet. Throws or rejects with whatever `next` shall reject with.
   * `isOver` says whether anybody still waits for them.
   */
  load(offset: number, isOver: () => boolean): readonly Logged[] | Promise<readonly Logged[]>;
  isClosed(): boolean;
};

/** Follows a log from an offset on. */
export class SequencedReader<Logged extends { readonly offset: number }> {
  readonly #log: SequencedLog<Logged>;
  readonly #isOver = (): boolean => this.#isClosed || this.#log.isClosed();
  #nextOffset: number;
  #isClosed = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(log: SequencedLog<Logged>, offset: number) {
    this.#log = log;
    this.#nextOffset = offset;
  }

  /** The next records, at least one; waits until there are some. `undefined` once reader or log is closed. Rejects as `load` does. */
  async next(): Promise<readonly Logged[] | undefined> {
    const next = this.#last.then(async () => this.#read());
    this.#last = Promise.allSettled([next]);
    return next;
  }

  /** Ends a `next` that waits, and resolves when none is under way; may be called twice. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#log.changes.tell();
    await this.#last;
  }

  async #read(): Promise<readonly Logged[] | undefined> {
    const { changes } = this.#log;
    while (!this.#isOver()) {
      const seen = changes.count;
      const records = await this.#log.load(this.#nextOffset, this.#isOver);
      const last = records.at(-1);
      if (this.#isOver()) break;
      if (last !== undefined) {
        this.#nextOffset = last.offset + 1;
        return records;
      }
      await changes.since(seen);
    }
    return undefined;
  }
}
