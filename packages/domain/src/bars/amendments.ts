/**
 * The amended trades of one instrument, by identity, by trade id and by their corrections. In: a trade as a cancel or
 * correction left it. Out: the one that a later amendment names, without a look at all others. They keep the order in which they were first
 * amended, which a restart keeps too.
 */
import type { Amendment, TickName } from './amendment.ts';

type Kept = { amendment: Amendment; readonly place: number };

/** Amended trades in the order in which they were first amended. */
export class Amendments {
  readonly #byTrade = new Map<string, Kept>();
  readonly #byTradeId = new Map<string, Set<Kept>>();
  readonly #byCorrection = new Map<string, Kept>();
  #places = 0;

  get size(): number {
    return this.#byTrade.size;
  }

  /** The trade with that identity; `undefined` if it was not amended. */
  get(publisher: number, sequence: number): Amendment | undefined {
    return this.#byTrade.get(amendmentKey(publisher, sequence))?.amendment;
  }

  /** The trade that the correction with that identity corrected; `undefined` if there is none. */
  correctedBy(publisher: number, sequence: number): Amendment | undefined {
    return this.#byCorrection.get(amendmentKey(publisher, sequence))?.amendment;
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
    else this.#forgetNames(known);
    kept.amendment = amendment;
    for (const id of amendment.tradeIds) {
      const same = this.#byTradeId.get(id);
      if (same === undefined) this.#byTradeId.set(id, new Set([kept]));
      else same.add(kept);
    }
    for (const correction of amendment.corrections) this.#byCorrection.set(keyOf(correction), kept);
  }

  delete({ publisher, sequence }: Amendment): void {
    const key = amendmentKey(publisher, sequence);
    const kept = this.#byTrade.get(key);
    if (kept === undefined) return;
    this.#byTrade.delete(key);
    this.#forgetNames(kept);
  }

  #forgetNames(kept: Kept): void {
    for (const correction of kept.amendment.corrections) this.#byCorrection.delete(keyOf(correction));
    for (const id of kept.amendment.tradeIds) {
      const same = this.#byTradeId.get(id);
      same?.delete(kept);
      if (same?.size === 0) this.#byTradeId.delete(id);
    }
  }
}

function keyOf({ publisher, sequence }: TickName): string {
  return amendmentKey(publisher, sequence);
}

/** A tick's identity in one partition, as a key. */
export function amendmentKey(publisher: number, sequence: number): string {
  return `${publisher}:${sequence}`;
}
