/**
 * Cancels and corrections whose trade has not come yet, of one instrument. In: amending ticks in the order in which they
 * were counted. Out: whether a trade is awaited, and since when, without a look at each of them. The caller bounds
 * their number.
 */
import type { AmendingTick, TickName } from './amendment.ts';

/** What waiting amendments may name: a trade's ids, the trade itself by sequence, and its corrections likewise. */
export type TradeNames = TickName & {
  readonly tradeIds: readonly string[];
  readonly corrections: readonly TickName[];
};

/** Waiting amendments, the oldest first. */
export class PendingAmendments {
  #ticks: AmendingTick[] = [];
  readonly #byId = new Map<string, number>();
  readonly #bySequence = new Map<number, Map<number, number>>();
  #earliest = new Map<number, number>();

  get length(): number {
    return this.#ticks.length;
  }

  /** All of them, in order. */
  get ticks(): readonly AmendingTick[] {
    return this.#ticks;
  }

  /** For each publisher a time, in s, at or before which no amendment of it was made. */
  get earliestSec(): ReadonlyMap<number, number> {
    return this.#earliest;
  }

  push(tick: AmendingTick): void {
    this.#ticks.push(tick);
    this.#count(tick, 1);
    this.#noteTime(tick);
  }

  /** Takes out the oldest one. */
  shift(): AmendingTick | undefined {
    const oldest = this.#ticks.shift();
    if (oldest !== undefined) this.#count(oldest, -1);
    return oldest;
  }

  /** Takes out those that `keeps` answers false for, asking in order. */
  keepOnly(keeps: (tick: AmendingTick) => boolean): void {
    const kept: AmendingTick[] = [];
    this.#earliest = new Map();
    for (const tick of this.#ticks) {
      if (keeps(tick)) {
        kept.push(tick);
        this.#noteTime(tick);
      } else this.#count(tick, -1);
    }
    this.#ticks = kept;
  }

  /** Whether one of them names the trade with this id. */
  awaitsId(tradeId: string): boolean {
    return this.#byId.has(tradeId);
  }

  /** Whether one of them names the publisher's trade or correction with this sequence. */
  awaitsSequence(publisher: number, sequence: number): boolean {
    return this.#bySequence.get(publisher)?.has(sequence) === true;
  }

  /** Whether any of them names trades by id. */
  get awaitsIds(): boolean {
    return this.#byId.size > 0;
  }

  #noteTime({ publisher, eventSec }: AmendingTick): void {
    this.#earliest.set(publisher, Math.min(this.#earliest.get(publisher) ?? Infinity, eventSec));
  }

  #count({ publisher, reference: { sequence, tradeId } }: AmendingTick, by: number): void {
    if (sequence === 0) {
      add(this.#byId, tradeId, by);
      return;
    }
    const sequences = this.#bySequence.get(publisher) ?? new Map<number, number>();
    add(sequences, sequence, by);
    if (sequences.size === 0) this.#bySequence.delete(publisher);
    else this.#bySequence.set(publisher, sequences);
  }
}

function add<Key>(counts: Map<Key, number>, key: Key, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}
