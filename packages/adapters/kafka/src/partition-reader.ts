/**
 * One reader of one partition. In: runs of records as they are fetched. Out: what `next` asks for, in order, each record
 * once. Law 7: what lies ready is bounded; at the bound the partition is left out of fetches until some is taken.
 */
import type { LogError, LogReader, LogRecordInput } from '@tapeline/domain';
import type { Backoff } from '@tapeline/runtime';
import type { ReadBatches } from './read-batches.ts';

/** What `next` hands out at once. */
export const handOut: { readonly recordsMax: number; readonly bytesMax: number } = {
  recordsMax: 1_000,
  bytesMax: 4_194_304,
};

/** What a record counts for besides its bytes while it lies ready. */
const recordBytes = 128;

/** What a reader is made with. */
export type ReaderOptions = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly prefetchBytes: number;
  readonly backoff: Backoff;
  readonly nowMs: () => number;
  /** Asks for more to be fetched. */
  readonly want: (reader: PartitionReader) => void;
  /** Hears once that it is closed or failed. */
  readonly onEnd: (reader: PartitionReader) => void;
};

type Run = { readonly records: readonly LogRecordInput[]; readonly bytes: number };
type Waiter = {
  readonly resolve: (records: readonly LogRecordInput[] | undefined) => void;
  readonly reject: (error: LogError) => void;
};

/** A reader; see `LogReader` for what it promises. */
export class PartitionReader implements LogReader {
  readonly topic: string;
  readonly partition: number;
  /** Waits after a problem; short again after each success. */
  readonly backoff: Backoff;
  /** Whether it is fetched for, or a problem of it is looked into. */
  isBusy = false;
  /** Since when it gets nothing although there may be more, ms. */
  hungrySinceMs = 0;
  /** How often in a row its position was not of the log, and not because it had left. */
  misplaced = 0;
  readonly #options: ReaderOptions;
  #position: number;
  #lastEpoch = -1;
  #runs: Run[] = [];
  #readyBytes = 0;
  readonly #waiters: Waiter[] = [];
  #failed: LogError | undefined;
  #closed = false;

  constructor(options: ReaderOptions) {
    this.topic = options.topic;
    this.partition = options.partition;
    this.backoff = options.backoff;
    this.#options = options;
    this.#position = options.offset;
    this.hungrySinceMs = options.nowMs();
  }

  /** Offset of the next record to fetch. */
  get position(): number {
    return this.#position;
  }

  /** Epoch of the leader that took the batch before the position; -1 before the first. */
  get lastEpoch(): number {
    return this.#lastEpoch;
  }

  /** Whether more is to be fetched now. */
  get isHungry(): boolean {
    return this.isLive && this.#readyBytes < this.#options.prefetchBytes;
  }

  /** Neither closed nor failed. */
  get isLive(): boolean {
    return !this.#closed && this.#failed === undefined;
  }

  async next(): Promise<readonly LogRecordInput[] | undefined> {
    if (this.#closed) return undefined;
    if (this.#runs.length > 0) return this.#take();
    if (this.#failed !== undefined) throw this.#failed;
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#runs = [];
    this.#readyBytes = 0;
    for (const { resolve } of this.#waiters.splice(0)) resolve(undefined);
    this.#options.onEnd(this);
  }

  /** Takes what was fetched from its position on. */
  accept({ records, valueBytes, nextOffset, leaderEpoch }: ReadBatches): void {
    if (!this.isLive || records.length === 0) return;
    this.#position = nextOffset;
    this.#lastEpoch = leaderEpoch;
    this.progressed();
    this.#runs.push({ records, bytes: valueBytes });
    this.#readyBytes += valueBytes + records.length * recordBytes;
    while (this.#waiters.length > 0 && this.#runs.length > 0) this.#waiters.shift()?.resolve(this.#take());
  }

  /** There was something, or there is nothing more yet. */
  progressed(): void {
    this.hungrySinceMs = this.#options.nowMs();
    this.misplaced = 0;
    this.backoff.reset();
  }

  /** Ends it: `next` still hands out what lies ready, and then rejects. */
  fail(error: LogError): void {
    if (!this.isLive) return;
    this.#failed = error;
    for (const { reject } of this.#waiters.splice(0)) reject(error);
    // What lies ready is still handed out, so a failed reader stays its caller's until it is closed.
    this.#options.onEnd(this);
  }

  /** The next records within the bounds of one hand-out, at least one. */
  #take(): readonly LogRecordInput[] {
    const taken: LogRecordInput[] = [];
    let left = handOut.bytesMax;
    for (let run = this.#runs[0]; run !== undefined; run = this.#runs[0]) {
      const isWhole = run.bytes <= left && taken.length + run.records.length <= handOut.recordsMax;
      const count = isWhole
        ? run.records.length
        : countWithin(run.records, left, handOut.recordsMax - taken.length, taken.length === 0);
      if (count === 0) break;
      const part = isWhole ? run.records : run.records.slice(0, count);
      const bytes = isWhole ? run.bytes : part.reduce((sum, record) => sum + record.bytes.length, 0);
      left -= bytes;
      for (const record of part) taken.push(record);
      if (count === run.records.length) this.#runs.shift();
      else this.#runs[0] = { records: run.records.slice(count), bytes: run.bytes - bytes };
      if (!isWhole) break;
    }
    const wasHungry = this.isHungry;
    this.#readyBytes -= handOut.bytesMax - left + taken.length * recordBytes;
    if (!wasHungry && this.isHungry) {
      // It asked for nothing while it was full, so that time does not count as hunger.
      this.hungrySinceMs = this.#options.nowMs();
      this.#options.want(this);
    }
    return taken;
  }
}

/** How many records from the front have at most so many bytes; one at least where one has to go whatever its size. */
function countWithin(records: readonly LogRecordInput[], bytesMax: number, countMax: number, isFirst: boolean): number {
  let bytes = 0;
  let count = 0;
  for (const record of records) {
    bytes += record.bytes.length;
    if (count === countMax || (bytes > bytesMax && !(isFirst && count === 0))) break;
    count += 1;
  }
  return count;
}
