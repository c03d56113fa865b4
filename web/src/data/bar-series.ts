/**
 * The bars of one chart. In: pages of history and whatever a stream repeats, in any order. Out: each bar once, in the
 * order of time, in its highest revision (law 5). Law 7: at most `barsMax` bars; the oldest go first.
 */
import type { ViewBar } from './view-bar.ts';

/** What a merge changed, for whoever paints. */
export type Merged = {
  /** Bars in new revisions that stood already, and those after the last one, in order of time. */
  readonly painted: readonly ViewBar[];
  /** Those of `painted` that had been closed before: late trades, corrections, cancels. */
  readonly revised: readonly ViewBar[];
  /** Bars came before or between others, or the oldest went: everything is to be painted. */
  readonly isReordered: boolean;
};

/** Bars kept in a chart. */
export const barsMax: number = 20_000;

/** The bars of one instrument, interval and profile. */
export class BarSeries {
  #bars: ViewBar[] = [];
  readonly #max: number;

  /** `max` is how many bars are kept. */
  constructor(max: number = barsMax) {
    this.#max = max;
  }

  /** All bars, by time. */
  get bars(): readonly ViewBar[] {
    return this.#bars;
  }

  /** Whether no older bars are taken. */
  get isFull(): boolean {
    return this.#bars.length >= this.#max;
  }

  /** The bar that starts at `startSec`. */
  at(startSec: number): ViewBar | undefined {
    const bar = this.#bars[this.#indexFrom(startSec)];
    return bar?.startSec === startSec ? bar : undefined;
  }

  /** Takes bars in. Of two revisions the higher holds; of two views of a forming bar in one revision, the later one. */
  merge(bars: readonly ViewBar[]): Merged {
    const painted = new Map<number, ViewBar>();
    const revised = new Map<number, ViewBar>();
    let isReordered = false;
    for (const bar of bars) {
      const index = this.#indexFrom(bar.startSec);
      const before = this.#bars[index];
      if (before === undefined) {
        this.#bars.push(bar);
        painted.set(bar.startSec, bar);
      } else if (before.startSec !== bar.startSec) {
        this.#bars.splice(index, 0, bar);
        isReordered = true;
      } else if (isNewer(bar, before)) {
        this.#bars[index] = bar;
        painted.set(bar.startSec, bar);
        if (before.state !== 'forming' && bar.revision > before.revision) revised.set(bar.startSec, bar);
      }
    }
    const extra = this.#bars.length - this.#max;
    if (extra > 0) {
      this.#bars.splice(0, extra);
      isReordered = true;
    }
    return { painted: byTime(painted), revised: byTime(revised), isReordered };
  }

  /** The first index whose bar starts at `startSec` or later. */
  #indexFrom(startSec: number): number {
    let [low, high] = [0, this.#bars.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#bars[middle]?.startSec ?? 0) < startSec) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Whether `bar` takes the place of `before`, which has the same start. */
export function isNewer(bar: ViewBar, before: ViewBar): boolean {
  if (bar.revision !== before.revision) return bar.revision > before.revision;
  return before.state === 'forming' && (bar.state !== 'forming' || !hasSameValues(bar, before));
}

function hasSameValues(a: ViewBar, b: ViewBar): boolean {
  return (
    a.open === b.open &&
    a.high === b.high &&
    a.low === b.low &&
    a.close === b.close &&
    a.volume === b.volume &&
    a.trades === b.trades
  );
}

function byTime(bars: ReadonlyMap<number, ViewBar>): ViewBar[] {
  return [...bars.values()].toSorted((a, b) => a.startSec - b.startSec);
}
