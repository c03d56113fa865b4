/**
 * What a stream has sent. In: bars in the order in which they would be sent. Out: those that say something new. A
 * worker that starts again puts out what it had put out before, and a snapshot overlaps with what follows it; a reader
 * would drop those repeats, so they are not sent. Bounded: the bar that was sent longest ago is forgotten first, after
 * which a repeat of it passes, as the contract allows.
 */
import { type BarRank, isAbove, type LiveBar } from './live-bar.ts';

/** Highest revisions sent, of at most so many bars. */
export class SentRevisions {
  readonly #barsMax: number;
  readonly #ranks = new Map<string, BarRank>();

  constructor(barsMax: number) {
    this.#barsMax = barsMax;
  }

  /** Whether the bar is above what was sent of it; it counts as sent from then on. */
  isNew(bar: LiveBar): boolean {
    const sent = this.#ranks.get(bar.key);
    if (sent !== undefined && !isAbove(bar.rank, sent)) return false;
    // Taken out and put in again, so that the map's order is that of sending.
    if (sent !== undefined) this.#ranks.delete(bar.key);
    this.#ranks.set(bar.key, bar.rank);
    if (this.#ranks.size > this.#barsMax) {
      const [oldest] = this.#ranks.keys();
      this.#ranks.delete(oldest as string);
    }
    return true;
  }
}
