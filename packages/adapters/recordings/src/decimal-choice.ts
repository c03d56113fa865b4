/**
 * How many decimals the numbers of one column get. In: every number of the column, as text. Out: the decimals with which
 * the most of them are whole numbers of units below 2^53, so that a few wild lines cost themselves and not the others.
 * Memory: two counters for each possible number of decimals.
 */
import { decimalsMax, unitsOf } from './decimal-text.ts';

/** Gathers one column of one symbol. */
export class DecimalChoice {
  /** Change of the number of lines that fit, from one number of decimals to the next. */
  readonly #steps = new Int32Array(decimalsMax + 2);
  /** Lines by the decimals that they need. */
  readonly #needed = new Int32Array(decimalsMax + 1);

  /** Notes a number that has `decimals`; text that is no number, or no number's worth of units, says nothing. */
  note(text: string, decimals: number): void {
    if (!(decimals <= decimalsMax)) return;
    let units = Math.abs(unitsOf(text, decimals));
    if (!Number.isFinite(units)) return;
    let most = decimals;
    while (most < decimalsMax && units * 10 <= Number.MAX_SAFE_INTEGER) {
      units *= 10;
      most += 1;
    }
    add(this.#needed, decimals, 1);
    add(this.#steps, decimals, 1);
    add(this.#steps, most + 1, -1);
  }

  /** The fewest decimals of at least `least` that fit the most lines; if fewer than `least` fit more, the fewest of those. */
  chosen(least: number): number {
    let best = 0;
    let bestLines = -1;
    let lines = 0;
    for (let decimals = 0; decimals <= decimalsMax; decimals += 1) {
      lines += this.#steps[decimals] ?? 0;
      const isFirstAtLeast = best < least && decimals >= least && lines === bestLines;
      if (lines > bestLines || isFirstAtLeast) {
        best = decimals;
        bestLines = lines;
      }
    }
    return best;
  }

  /** The most decimals that a line needs, of those that need at most `limit`. */
  mostNeeded(limit: number): number {
    let most = Math.min(limit, decimalsMax);
    while (most > 0 && this.#needed[most] === 0) most -= 1;
    return most;
  }
}

function add(counts: Int32Array, index: number, by: number): void {
  counts[index] = (counts[index] ?? 0) + by;
}
