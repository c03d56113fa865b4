/**
 * Forming bars of the simulated world. In: publications. Out: each of them to everybody who listens, and the newest
 * ones kept for a test to look at. It passes the suite of all forming bars.
 */
import type { Bar, FormingBars } from '@tapeline/domain';

/** Publications that are kept. */
const keptMax = 1_000;

/** Forming bars in memory. */
export class SimulatedFormingBars implements FormingBars {
  readonly #listeners = new Set<{ readonly hear: (bars: readonly Bar[]) => void }>();
  readonly #wishes = new Set<{ readonly dataset: string; readonly symbol: string }>();
  #published: (readonly Bar[])[] = [];

  /** The newest publications, at most 1,000, the oldest first. */
  get published(): readonly (readonly Bar[])[] {
    return this.#published;
  }

  publish(bars: readonly Bar[]): void {
    this.#published = [...this.#published, bars].slice(-keptMax);
    for (const listener of this.#listeners) listener.hear(bars);
  }

  subscribe(hear: (bars: readonly Bar[]) => void): () => void {
    const listener = { hear };
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  want(dataset: string, symbol: string): () => void {
    const wish = { dataset, symbol };
    this.#wishes.add(wish);
    return () => void this.#wishes.delete(wish);
  }

  isWanted(dataset: string, symbol: string): boolean {
    return [...this.#wishes].some((wish) => wish.dataset === dataset && wish.symbol === symbol);
  }
}
