/**
 * What was taken and is not settled yet. In: batches as they are encoded, acks, new connections. Out: the next batch to
 * send, from the oldest on after each reconnect, under the same sequences. Pure; the publisher bounds it in ticks.
 */
import type { UnsettledRange } from './publisher-errors.ts';

/** Ticks as one message, with their sequences. */
export type UnsettledBatch = {
  /** Lowest sequence. */
  readonly first: number;
  /** Highest sequence; below the next batch's lowest. */
  readonly last: number;
  readonly ticks: number;
  /** An encoded `TickBlock`. */
  readonly block: Uint8Array;
};

/** Batches in order. */
export class UnsettledQueue {
  readonly #batches: UnsettledBatch[] = [];
  /** Batches at the front that are settled; cut off once in a while. */
  #settled = 0;
  #next = 0;
  #ticks = 0;
  #sent: number;

  /** `sentSequence`: everything up to here was settled before. */
  constructor(sentSequence: number = 0) {
    this.#sent = sentSequence;
  }

  /** Ticks that are not settled; of a batch that is settled in part, all. */
  get ticks(): number {
    return this.#ticks;
  }

  get isEmpty(): boolean {
    return this.#settled === this.#batches.length;
  }

  /** Whether every batch was handed out on this connection. */
  get isSent(): boolean {
    return this.#next === this.#batches.length;
  }

  /** Highest sequence handed out on this connection or settled before it. */
  get sentSequence(): number {
    return this.#sent;
  }

  /** Adds a batch behind the others. Throws `RangeError` if its sequences are not above theirs. */
  add(batch: UnsettledBatch): void {
    const before = this.#batches.at(-1);
    if (batch.last < batch.first || (before !== undefined && batch.first <= before.last)) {
      throw new RangeError(`sequences ${batch.first} to ${batch.last} do not rise above ${before?.last}`);
    }
    this.#batches.push(batch);
    this.#ticks += batch.ticks;
  }

  /** The next batch to send on this connection; `undefined` if all were. */
  take(): UnsettledBatch | undefined {
    const batch = this.#batches[this.#next];
    if (batch === undefined) return undefined;
    this.#next += 1;
    this.#sent = batch.last;
    return batch;
  }

  /** Everything up to this sequence is settled. Answers how many ticks left. */
  settle(sequence: number): number {
    const before = this.#ticks;
    for (;;) {
      const batch = this.#batches[this.#settled];
      if (batch === undefined || batch.last > sequence) break;
      this.#ticks -= batch.ticks;
      this.#settled += 1;
      this.#sent = Math.max(this.#sent, batch.last);
    }
    this.#next = Math.max(this.#next, this.#settled);
    // Cutting at each ack would move the whole array each time.
    if (this.#settled > 64 && this.#settled * 2 > this.#batches.length) {
      this.#batches.splice(0, this.#settled);
      this.#next -= this.#settled;
      this.#settled = 0;
    }
    return before - this.#ticks;
  }

  /** A new connection: everything that is not settled is handed out again, from the oldest on. */
  rewind(): void {
    this.#next = this.#settled;
    this.#sent = (this.#batches[this.#settled]?.first ?? this.#sent + 1) - 1;
  }

  /** Forgets everything, as when the identity ended. */
  drop(): void {
    this.#batches.length = 0;
    [this.#settled, this.#next, this.#ticks] = [0, 0, 0];
  }

  /** What is not settled, in order. */
  unsettled(): readonly UnsettledBatch[] {
    return this.#batches.slice(this.#settled);
  }

  /** The same as a range; `undefined` if there is none. */
  range(): UnsettledRange | undefined {
    const [first, last] = [this.#batches[this.#settled], this.#batches.at(-1)];
    if (first === undefined || last === undefined) return undefined;
    return { ticks: this.#ticks, first: first.first, last: last.last };
  }
}
