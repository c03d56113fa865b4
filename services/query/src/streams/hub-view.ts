/**
 * What a hub has for the streams that follow the same. In: items of records that they want. Out: one batch a record for all their
 * queues, and up to which clock what they follow is complete.
 */
import { StreamBatch } from './stream-batch.ts';
import type { Followed, StreamItem } from './stream-item.ts';
import type { StreamQueue } from './stream-queue.ts';
import type { Whereabouts } from './whereabouts.ts';

/** The view of one selection. */
export class HubView<Item extends StreamItem> {
  readonly followed: Followed<Item>;
  readonly queues: Set<StreamQueue<Item>> = new Set();
  #items: Item[] = [];
  /** Where instruments were seen besides the partitions that speak of them by what was told. */
  readonly #strays = new Set<number>();
  /** Partitions whose clocks count; `undefined` = it has to be looked up. */
  #speakers: ReadonlySet<number> | 'all' | undefined;
  /** Whether it has to be looked up again although nothing was told. */
  #isUnsettled = false;

  constructor(followed: Followed<Item>) {
    this.followed = followed;
    if (followed.instruments === undefined) this.#speakers = 'all';
  }

  /** A record of the partition brought this; `isStray`: of an instrument of which nothing was told that it moves. */
  take(item: Item, partition: number, isStray: boolean): void {
    this.#items.push(item);
    if (isStray && this.#speakers !== 'all') this.#strays.add(partition);
  }

  /** Everything that was taken, as one record, to all queues. */
  putOut(partition: number, nextOffset: number): void {
    const batch = new StreamBatch(this.#items, partition, nextOffset);
    this.#items = [];
    for (const queue of this.queues) queue.offer(batch);
  }

  /** An instrument of it moved, or was seen where it was not known to be. */
  forgetSpeakers(): void {
    if (this.followed.instruments !== undefined) this.#speakers = undefined;
  }

  /** Time has passed: what was not settled may be. */
  lookAgain(): void {
    if (this.#isUnsettled) this.#speakers = undefined;
  }

  /** Whether the clock of the partition counts. */
  isSpokenOfBy(partition: number): boolean {
    if (this.#speakers === undefined || this.#speakers === 'all') return true;
    return this.#speakers.has(partition) || this.#strays.has(partition);
  }

  /** Up to which clock everything that it follows is complete, ns; 0 until every clock is known that counts. */
  watermarkNs(whereabouts: Whereabouts, clocksNs: readonly bigint[]): bigint {
    if (this.#speakers === undefined) this.#lookUp(whereabouts, clocksNs);
    let lowest = whereabouts.heldNs(this.followed.wantsInstrument);
    for (const [partition, clockNs] of clocksNs.entries()) {
      if (this.isSpokenOfBy(partition) && (lowest === undefined || clockNs < lowest)) lowest = clockNs;
    }
    return lowest ?? 0n;
  }

  wake(): void {
    for (const queue of this.queues) queue.wake();
  }

  #lookUp(whereabouts: Whereabouts, clocksNs: readonly bigint[]): void {
    const speakers = new Set<number>();
    this.#isUnsettled = false;
    for (const [key, instrument] of this.followed.instruments ?? []) {
      const speaker = whereabouts.speakerOf(key, instrument, clocksNs);
      if (speaker === 'all') this.#isUnsettled = true;
      else speakers.add(speaker);
    }
    this.#speakers = this.#isUnsettled ? 'all' : speakers;
  }
}
