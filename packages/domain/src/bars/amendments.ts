/**
 * The amended trades of one instrument, by identity and by trade id. In: a trade as a cancel or correction left it. Out:
 * the one that a later amendment names, without a look at all others. They keep the order in which they were first
 * amended, which a restart keeps too.
 */
import type { Amendment } from './amendment.ts';

type Kept = { amendment: Amendment; readonly place: number };

/** Amended trades in the order in which they were first amended. */
export class Amendments {
  readonly #byTrade = new Map<string, Kept>();
  readonly #byTradeId = new Map<string, Set<Kept>>();
  #places = 0;

  get size(): number {
    return this.#byTrade.size;
  }

  /** The trade with that identity; `undefined` if it was not amended. */
  get(publisher: number, sequence: number): Amendment | undefined {
    return this.#byTrade.get(amendmentKey(publisher, sequence))?.amendment;
  }

  /** The first trade that has, or ever had, that id; `venue` empty = on any venue. */
  named(tradeId: string, venue: string): Amendment | undefined {
    let first: Kept | undefined;
    for (const kept of this.#byTradeId.get(tradeId) ?? []) {
      if (venue !== '' && kept.amendment.venue !== venue) continue;
      if (first === undefined || kept.place < first.place) first = kept;
    }
    return first?.amendment;
  }

  /** All of them, in order; those already passed may be deleted meanwhile. */
  *values(): Generator<Amendment> {
    for (const { amendment } of this.#byTrade.values()) yield amendment;
  }

  /** Takes in what became of a trade; one that was amended before keeps its place. */
  set(amendment: Amendment): void {
    const key = amendmentKey(amendment.publisher, amendment.sequence);
    const known = this.#byTrade.get(key);
    const kept = known ?? { amendment, place: this.#places++ };
    if (known === undefined) this.#byTrade.set(key, kept);
    else this.#forgetIds(known);
    kept.amendment = amendment;
    for (const id of amendment.tradeIds) {
      const same = this.#byTradeId.get(id);
      if (same === undefined) this.#byTradeId.set(id, new Set([kept]));
      else same.add(kept);
    }
  }

  delete({ publisher, sequence }: Amendment): void {
    const key = amendmentKey(publisher, sequence);
    const kept = this.#byTrade.get(key);
    if (kept === undefined) return;
    this.#byTrade.delete(key);
    this.#forgetIds(kept);
  }

  #forgetIds(kept: Kept): void {
    for (const id of kept.amendment.tradeIds) {
      const same = this.#byTradeId.get(id);
      same?.delete(kept);
      if (same?.size === 0) this.#byTradeId.delete(id);
    }
  }
}

/** A trade's identity in one partition, as a key. */
export function amendmentKey(publisher: number, sequence: number): string {
  return `${publisher}:${sequence}`;
}
