/**
 * What a process remembers of instruments. In: terms and pins that the store knows, or terms that the first accepted tick
 * brought. Out: the terms under which an instrument is, or will be, in the log, and where it lives. Law 7: at the bound the ones that were
 * not asked for longest are forgotten; they can be asked for again. Terms that no record in the log bears out yet hold as
 * long as something under way counts on them, and no longer.
 */
import type { InstrumentTerms } from '../market/tick.ts';

/** That ticks which are not in the log yet count on terms. One of the two is called, once. */
export type TermsUse = {
  /** The ticks are in the log, or may be: the terms stay. */
  keep(): void;
  /** The ticks are surely not in the log, and never will be. The last one takes the terms back. */
  release(): void;
};

/** What a stream asks and tells. */
export type TermsMemory = {
  find(dataset: string, symbol: string): InstrumentTerms | undefined;
  /** The partition that an instrument with known terms is pinned to; `undefined` = it lives at home. */
  pinOf(dataset: string, symbol: string): number | undefined;
  /**
   * Ticks of the instrument were accepted; where no terms are known, these are its terms from now on. Nothing comes
   * back if its terms stay in any case.
   */
  use(dataset: string, symbol: string, terms: InstrumentTerms): TermsUse | undefined;
};

/** Terms of one instrument. */
type Remembered = {
  readonly terms: InstrumentTerms;
  readonly pin: number | undefined;
  /** Whether they stay, whatever becomes of those who count on them. */
  isKept: boolean;
  uses: number;
};

/** Instruments remembered at most. */
export const rememberedTermsMax = 1_000_000;

/** A memory with a bound. */
export class BoundedTermsMemory implements TermsMemory {
  readonly #byName = new Map<string, Remembered>();
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
    const remembered = this.#byName.get(key);
    if (remembered === undefined) return undefined;
    // A map keeps the order of insertion, so the oldest stands first.
    this.#byName.delete(key);
    this.#byName.set(key, remembered);
    return remembered.terms;
  }

  pinOf(dataset: string, symbol: string): number | undefined {
    return this.#byName.get(keyOf(dataset, symbol))?.pin;
  }

  /** Takes in what the store knows; it stays. */
  remember(dataset: string, symbol: string, terms: InstrumentTerms, pin?: number): void {
    this.#set(keyOf(dataset, symbol), { terms, pin, isKept: true, uses: 0 });
  }

  use(dataset: string, symbol: string, terms: InstrumentTerms): TermsUse | undefined {
    const key = keyOf(dataset, symbol);
    const remembered = this.#byName.get(key) ?? { terms, pin: undefined, isKept: false, uses: 0 };
    if (remembered.isKept) return undefined;
    if (remembered.uses === 0) this.#set(key, remembered);
    remembered.uses += 1;
    return {
      keep: () => {
        remembered.isKept = true;
      },
      release: () => {
        remembered.uses -= 1;
        if (remembered.isKept || remembered.uses > 0) return;
        // Others may stand there by now, if these were forgotten at the bound.
        if (this.#byName.get(key) === remembered) this.#byName.delete(key);
      },
    };
  }

  #set(key: string, remembered: Remembered): void {
    this.#byName.set(key, remembered);
    if (this.#byName.size <= this.#entriesMax) return;
    const [oldest] = this.#byName.keys();
    if (oldest !== undefined) this.#byName.delete(oldest);
  }
}

function keyOf(dataset: string, symbol: string): string {
  return `${dataset.length}:${dataset}${symbol}`;
}
