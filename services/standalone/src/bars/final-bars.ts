/**
 * Keeps the last revision of every bar until no tick can change it. In: revisions in any order. Out: final bars by
 * (start, dataset, symbol). Law 7: what is kept is bounded by the horizon, since older bars are final and leave.
 */
import type { Bar } from '@tapeline/domain';

/** The bars of one run that are not written yet; one interval and one profile. */
export class FinalBars {
  readonly #horizonMs: number;
  /** By start, then by dataset and symbol. */
  readonly #starts = new Map<number, Map<string, Bar>>();
  #lastStartSec = -Infinity;
  #outOfOrder = 0;

  constructor(horizonMs: number) {
    this.#horizonMs = horizonMs;
  }

  /** How many bars were given out after one that starts later. */
  get outOfOrder(): number {
    return this.#outOfOrder;
  }

  /** Takes in revisions as the fold puts them out: of one bar the later one is the higher one. */
  put(bars: readonly Bar[]): void {
    for (const bar of bars) {
      let sameStart = this.#starts.get(bar.startSec);
      if (sameStart === undefined) this.#starts.set(bar.startSec, (sameStart = new Map()));
      sameStart.set(`${bar.dataset}\n${bar.symbol}`, bar);
    }
  }

  /** Gives out, once, the bars whose end lies the horizon or more before `passedSec`, a time that everything passed. */
  take(passedSec: number): Bar[] {
    const endSecMax = passedSec - this.#horizonMs / 1_000;
    const out: Bar[] = [];
    for (const startSec of [...this.#starts.keys()].sort((left, right) => left - right)) {
      if (startSec >= endSecMax) break;
      const sameStart = [...(this.#starts.get(startSec)?.values() ?? [])];
      // Bars of one start can end at different times, by their calendars; those after them wait, for the order.
      if (sameStart.some((bar) => bar.endSec > endSecMax)) break;
      sameStart.sort(byInstrument);
      out.push(...sameStart);
      if (startSec < this.#lastStartSec) this.#outOfOrder += sameStart.length;
      this.#lastStartSec = Math.max(this.#lastStartSec, startSec);
      this.#starts.delete(startSec);
    }
    return out;
  }
}

function byInstrument(left: Bar, right: Bar): number {
  if (left.dataset !== right.dataset) return left.dataset < right.dataset ? -1 : 1;
  return left.symbol < right.symbol ? -1 : left.symbol > right.symbol ? 1 : 0;
}
