/**
 * What a process remembers of the terms of instruments. In: terms that the store knows, or that the first accepted tick
 * brought. Out: the terms under which an instrument is, or will be, in the log. Law 7: at the bound the ones that were
 * not asked for longest are forgotten; they can be asked for again.
 */
import type { InstrumentTerms } from '../market/tick.ts';

/** What a stream asks and tells. */
export type TermsMemory = {
  find(dataset: string, symbol: string): InstrumentTerms | undefined;
  /** A tick of the instrument was accepted under these terms. */
  introduce(dataset: string, symbol: string, terms: InstrumentTerms): void;
};

/** Instruments remembered at most. */
export const rememberedTermsMax = 1_000_000;

/** A memory with a bound. */
export class BoundedTermsMemory implements TermsMemory {
  readonly #byName = new Map<string, InstrumentTerms>();
  readonly #entriesMax: number;

  /** `entriesMax` is 1 or more. */
  constructor(entriesMax: number = rememberedTermsMax) {
    this.#entriesMax = entriesMax;
  }

  get size(): number {
    return this.#byName.size;
  }

  find(dataset: string, symbol: string): InstrumentTerms | undefined {
    const key = keyOf(dataset, symbol);
    const terms = this.#byName.get(key);
    if (terms === undefined) return undefined;
    // A map keeps the order of insertion, so the oldest stands first.
    this.#byName.delete(key);
    this.#byName.set(key, terms);
    return terms;
  }

  introduce(dataset: string, symbol: string, terms: InstrumentTerms): void {
    this.#byName.set(keyOf(dataset, symbol), terms);
    if (this.#byName.size <= this.#entriesMax) return;
    const [oldest] = this.#byName.keys();
    if (oldest !== undefined) this.#byName.delete(oldest);
  }

  /** Takes an introduction back: its ticks are known not to be in the log. */
  forget(dataset: string, symbol: string): void {
    this.#byName.delete(keyOf(dataset, symbol));
  }
}

function keyOf(dataset: string, symbol: string): string {
  return `${dataset.length}:${dataset}${symbol}`;
}
