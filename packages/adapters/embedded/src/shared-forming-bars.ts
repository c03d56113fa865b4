/**
 * Forming bars between the parts of one process. In: publications. Out: each of them to everybody who listens, at once.
 * It keeps no bars and conflates nothing. Bounded: listeners and wishes past their bounds are refused.
 */
import type { Bar, FormingBars } from '@tapeline/domain';
import type { Logger } from '@tapeline/runtime';

/** How many may listen at once. */
export const listenersMax = 10_000;
/** Instruments that may be wanted at once. */
export const wantedMax = 1_000_000;

/** Forming bars of one process. */
export class SharedFormingBars implements FormingBars {
  readonly #logger: Logger;
  readonly #listeners = new Set<{ readonly hear: (bars: readonly Bar[]) => void }>();
  /** How often each instrument is wanted. */
  readonly #wanted = new Map<string, number>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  publish(bars: readonly Bar[]): void {
    for (const listener of this.#listeners) {
      try {
        listener.hear(bars);
      } catch (error) {
        // One listener's defect is not another's, and never the worker's.
        this.#listeners.delete(listener);
        this.#logger.error('a listener to forming bars failed and hears no more', { error: String(error) });
      }
    }
  }

  /** Throws `RangeError` past the bound. */
  subscribe(hear: (bars: readonly Bar[]) => void): () => void {
    if (this.#listeners.size >= listenersMax) throw new RangeError(`${listenersMax} listen to forming bars already`);
    const listener = { hear };
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Throws `RangeError` past the bound. */
  want(dataset: string, symbol: string): () => void {
    const name = nameOf(dataset, symbol);
    const count = this.#wanted.get(name) ?? 0;
    if (count === 0 && this.#wanted.size >= wantedMax) {
      throw new RangeError(`forming bars of ${wantedMax} instruments are wanted already`);
    }
    this.#wanted.set(name, count + 1);
    let wanted = true;
    return () => {
      if (!wanted) return;
      wanted = false;
      const left = (this.#wanted.get(name) ?? 1) - 1;
      if (left > 0) this.#wanted.set(name, left);
      else this.#wanted.delete(name);
    };
  }

  isWanted(dataset: string, symbol: string): boolean {
    return this.#wanted.has(nameOf(dataset, symbol));
  }
}

function nameOf(dataset: string, symbol: string): string {
  return `${dataset}\u0000${symbol}`;
}
