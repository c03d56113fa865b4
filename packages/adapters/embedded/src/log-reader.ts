/**
 * Reads one place of the log from an offset on. In: what the log knows of its places. Out: runs of records, each
 * beginning where the one before ended. Law 1: an offset that is not kept, or not there yet, is told; the reader never
 * goes on elsewhere.
 */
import { LogError, type LogReader, type LogRecordInput, type OffsetRange } from '@tapeline/domain';

/** What a reader needs of its log. */
export type LogSource = {
  /** Name of the place, for messages. */
  readonly name: string;
  range(): OffsetRange;
  /** Records from an offset that is kept, at least one; from memory if they are there. */
  load(offset: number): readonly LogRecordInput[] | Promise<readonly LogRecordInput[]>;
  /** Calls `wake` once, when records were appended or the log was closed, until the returned function is called. */
  onChange(wake: () => void): () => void;
  isClosed(): boolean;
};

/** A reader; see `LogReader` for what it promises. */
export class PlaceReader implements LogReader {
  readonly #source: LogSource;
  #offset: number;
  #closed = false;
  #wake: (() => void) | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(source: LogSource, offset: number) {
    this.#source = source;
    this.#offset = offset;
  }

  async next(): Promise<readonly LogRecordInput[] | undefined> {
    // Calls that are not awaited follow one another, so that no two of them hand out the same records.
    const next = this.#last.then(async () => this.#read());
    this.#last = Promise.allSettled([next]);
    return next;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake?.();
    await this.#last;
  }

  async #read(): Promise<readonly LogRecordInput[] | undefined> {
    while (!this.#isClosed()) {
      this.#checkOffset();
      if (this.#offset === this.#source.range().endOffset) {
        await this.#change();
        continue;
      }
      const records = await this.#load();
      if (this.#isClosed()) return undefined;
      if (records === undefined) continue;
      this.#offset = (records.at(-1) as LogRecordInput).offset + 1;
      return records;
    }
    return undefined;
  }

  /** `undefined` when retention took the offset while the records were on their way. */
  async #load(): Promise<readonly LogRecordInput[] | undefined> {
    const records = await this.#source.load(this.#offset);
    if (records[0]?.offset === this.#offset) return records;
    if (this.#isClosed() || this.#offset < this.#source.range().firstOffset) return undefined;
    const found = records[0] === undefined ? 'nothing' : `offset ${records[0].offset}`;
    throw new LogError(
      'LOG_UNAVAILABLE',
      `${this.#source.name} has ${found} where offset ${this.#offset} should be: the log is damaged; restore it from a copy`,
    );
  }

  #checkOffset(): void {
    const { firstOffset, endOffset } = this.#source.range();
    const kept = `${this.#source.name} keeps offsets from ${firstOffset} up to ${endOffset}`;
    if (this.#offset < firstOffset) {
      throw new LogError('OFFSET_BELOW_RETENTION', `${kept}, and ${this.#offset} has left: begin at ${firstOffset}`);
    }
    if (this.#offset > endOffset) {
      throw new LogError(
        'OFFSET_BEYOND_END',
        `${kept}, so ${this.#offset} is not of this log: begin again without what was known of another one`,
      );
    }
  }

  async #change(): Promise<void> {
    await new Promise<void>((resolve) => {
      const stop = this.#source.onChange(() => this.#wake?.());
      this.#wake = () => {
        this.#wake = undefined;
        stop();
        resolve();
      };
    });
  }

  #isClosed(): boolean {
    return this.#closed || this.#source.isClosed();
  }
}
