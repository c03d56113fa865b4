/**
 * Which bars of one length have left the state (rule T5). In: bounds of bars that leave. Out: whether a bar's start
 * lies in what left. Law 7: at most 64 ranges; beyond, the two nearest neighbours merge, so that a tick between them
 * counts as late.
 */
import { placeFrom } from './place-from.ts';

const rangesMax = 64;

/** Ordered, disjoint, half-open ranges in whole seconds since the Unix epoch. */
export class GoneRanges {
  /** The ranges of whoever has none and gets none: adding one throws `TypeError`. */
  static readonly none: GoneRanges = GoneRanges.#frozen();

  readonly starts: number[] = [];
  readonly ends: number[] = [];

  static #frozen(): GoneRanges {
    const ranges = new GoneRanges();
    Object.freeze(ranges.starts);
    Object.freeze(ranges.ends);
    Object.freeze(ranges);
    return ranges;
  }

  /** Whether the bar that starts at `startSec` has left. */
  has(startSec: number): boolean {
    const last = this.ends.length - 1;
    if (last < 0 || startSec >= this.ends[last]!) return false;
    const index = this.#after(startSec) - 1;
    return index >= 0 && startSec < this.ends[index]!;
  }

  /** Adds a bar that left. */
  add(startSec: number, endSec: number): void {
    const index = this.#after(startSec);
    const joinsBefore = index > 0 && this.ends[index - 1]! >= startSec;
    const joinsAfter = index < this.starts.length && this.starts[index]! <= endSec;
    if (joinsBefore && joinsAfter) {
      this.ends[index - 1] = this.ends[index]!;
      this.starts.splice(index, 1);
      this.ends.splice(index, 1);
    } else if (joinsBefore) this.ends[index - 1] = Math.max(this.ends[index - 1]!, endSec);
    else if (joinsAfter) this.starts[index] = startSec;
    else {
      this.starts.splice(index, 0, startSec);
      this.ends.splice(index, 0, endSec);
      if (this.starts.length > rangesMax) this.#mergeNearest();
    }
  }

  /** Position of the first range that starts after `startSec`; starts are whole seconds. */
  #after(startSec: number): number {
    return placeFrom(this.starts, startSec + 1);
  }

  #mergeNearest(): void {
    let nearest = 1;
    for (let index = 1; index < this.starts.length; index += 1) {
      const gap = this.starts[index]! - this.ends[index - 1]!;
      if (gap < this.starts[nearest]! - this.ends[nearest - 1]!) nearest = index;
    }
    this.ends[nearest - 1] = this.ends[nearest]!;
    this.starts.splice(nearest, 1);
    this.ends.splice(nearest, 1);
  }
}
