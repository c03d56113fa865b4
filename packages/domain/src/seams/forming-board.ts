/**
 * Forming bars within one process. In: publications. Out: each of them to everybody who listens, at once, and what anybody
 * wants. It keeps no bars and conflates nothing. Law 7: listeners and wishes past their bounds are refused.
 */
import type { Bar } from '../bars/bar.ts';
import type { FormingBars } from './forming-bars.ts';

/** How many may listen at once. */
export const formingListenersMax = 10_000;
/** Instruments that may be wanted at once. */
export const formingWantedMax = 1_000_000;

/** Which instrument is wanted. */
export type FormingWish = { readonly dataset: string; readonly symbol: string };

/** Whom a board tells. */
export type FormingBoardOptions = {
  /** A listener failed and hears no more: its defect is not another's, and never the publisher's. */
  readonly failed: (error: unknown) => void;
  /** An instrument begins or ceases to be wanted; `wanted` says which. */
  readonly changed?: (key: string, wish: FormingWish) => void;
};

type Counted = FormingWish & { count: number };

/** Who listens in one process, and what is wanted there. */
export class FormingBoard implements FormingBars {
  readonly #options: FormingBoardOptions;
  readonly #listeners = new Set<{ readonly hear: (bars: readonly Bar[]) => void }>();
  readonly #wanted = new Map<string, Counted>();

  constructor(options: FormingBoardOptions) {
    this.#options = options;
  }

  /** What is wanted now, each under a key of its own. */
  get wanted(): ReadonlyMap<string, FormingWish> {
    return this.#wanted;
  }

  publish(bars: readonly Bar[]): void {
    for (const listener of this.#listeners) {
      try {
        listener.hear(bars);
      } catch (error) {
        this.#listeners.delete(listener);
        this.#options.failed(error);
      }
    }
  }

  /** Throws `RangeError` past the bound. */
  subscribe(hear: (bars: readonly Bar[]) => void): () => void {
    if (this.#listeners.size >= formingListenersMax) {
      throw new RangeError(`${formingListenersMax} listen to forming bars already`);
    }
    const listener = { hear };
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Throws `RangeError` past the bound. */
  want(dataset: string, symbol: string): () => void {
    const key = keyOf(dataset, symbol);
    const wanted = this.#wanted.get(key) ?? this.#begin(key, { dataset, symbol, count: 0 });
    wanted.count += 1;
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      wanted.count -= 1;
      if (wanted.count > 0) return;
      this.#wanted.delete(key);
      this.#options.changed?.(key, wanted);
    };
  }

  isWanted(dataset: string, symbol: string): boolean {
    return this.#wanted.has(keyOf(dataset, symbol));
  }

  #begin(key: string, wanted: Counted): Counted {
    if (this.#wanted.size >= formingWantedMax) {
      throw new RangeError(`forming bars of ${formingWantedMax} instruments are wanted already`);
    }
    this.#wanted.set(key, wanted);
    this.#options.changed?.(key, wanted);
    return wanted;
  }
}

function keyOf(dataset: string, symbol: string): string {
  return `${dataset.length} ${dataset}${symbol}`;
}
