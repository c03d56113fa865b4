/**
 * A partition that gives instruments away. In: the items in it and which of them may move. Out: the item whose move evens out
 * most for one move, or none. Every item that it offers lowers the higher load of the pair, so evening out comes to an end.
 */
import { compareNames } from './instrument-map.ts';
import type { PlanItem } from './plan-item.ts';

/** A move that leaves one of the two partitions above the level must still lower the higher load to this part. */
const worthwhile = 0.9;

/** Instruments of one partition, ordered so that the one to give is found without a search of all. */
export class SpreadDonor {
  /** Once asked for an item the lightest is first, among equals by name. */
  readonly #movable: PlanItem[] = [];
  #isSorted = false;
  /** The heaviest of what stays: single items, and the sum of those that are pinned. */
  readonly #fixed: number;

  /** `mayMove` says it of the items that are not pinned. */
  constructor(items: readonly PlanItem[], mayMove: (item: PlanItem) => boolean) {
    let [pinned, heaviest] = [0, 0];
    for (const item of items) {
      if (item.pinnedTo !== undefined) pinned += item.milli;
      else if (item.milli > 0 && mayMove(item)) this.#movable.push(item);
      else heaviest = Math.max(heaviest, item.milli);
    }
    this.#fixed = Math.max(pinned, heaviest);
  }

  /** The heaviest thing in it that cannot be parted. */
  get heaviest(): number {
    if (this.#isSorted) return Math.max(this.#fixed, this.#movable.at(-1)?.milli ?? 0);
    return this.#movable.reduce((heaviest, { milli }) => Math.max(heaviest, milli), this.#fixed);
  }

  /**
   * The item to give to a partition of load `to` when this one has load `from`; `undefined` if none helps. All in one unit.
   *
   * Of two items heavier than the level one goes first, since they never fit into one partition. Otherwise the heaviest that
   * leaves the giver at or above the level and the taker at or below it: so few moves do it, and none has to be undone. Where all
   * are too heavy for that, the lightest whose move is worthwhile.
   */
  best(from: number, to: number, level: number): PlanItem | undefined {
    this.#sort();
    const count = this.#movable.length;
    const top = this.#movable[count - 1];
    if (top === undefined) return undefined;
    // What is heavier than the level and alone in that stays: elsewhere it would be too much just the same.
    const topStays = top.milli > level && top.milli > this.#fixed;
    const isWorthwhile = (item: PlanItem): boolean => to + item.milli <= worthwhile * from;
    const givable = topStays ? count - 1 : count;
    const next = this.#movable[givable - 1];
    if (next !== undefined && next.milli > level && isWorthwhile(next)) return next;
    const room = Math.min(from - Math.max(level, this.heaviest), level - to);
    const fitting = this.#countUpTo(room, givable);
    if (fitting > 0) return this.#movable[fitting - 1];
    const lightest = this.#movable[0];
    return givable > 0 && lightest !== undefined && isWorthwhile(lightest) ? lightest : undefined;
  }

  /** Takes an item out, because it went or because it may not. */
  remove(item: PlanItem): void {
    this.#sort();
    // Among the few of one rate; those begin where the lighter ones end.
    const place = this.#movable.indexOf(item, this.#countBelow(item.milli));
    if (place >= 0) this.#movable.splice(place, 1);
  }

  #sort(): void {
    if (this.#isSorted) return;
    this.#movable.sort((one, other) => one.milli - other.milli || compareNames(one, other));
    this.#isSorted = true;
  }

  /** How many of the first `count` items weigh at most `limit`; rates are whole numbers. */
  #countUpTo(limit: number, count: number): number {
    return Math.min(this.#countBelow(Math.floor(limit) + 1), count);
  }

  /** How many items weigh less than `limit`. */
  #countBelow(limit: number): number {
    let low = 0;
    let high = this.#movable.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#movable[middle]?.milli ?? Infinity) < limit) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
