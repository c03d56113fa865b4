/**
 * One worker's share while partitions are spread. In: partitions that come and go with their weights. Out: its load, and
 * its partitions from the lightest to the heaviest, so that the one to give away is found without a search of all.
 */

/** A partition and its weight. */
export type Weighed = { readonly partition: number; readonly weight: number };

/** What one worker has so far. */
export class Share {
  readonly id: string;
  /** From the lightest to the heaviest; among equals by number. */
  readonly items: Weighed[] = [];
  #load = 0;

  constructor(id: string) {
    this.id = id;
  }

  /** The sum of the weights. */
  get load(): number {
    return this.#load;
  }

  /** Takes a partition. */
  add(item: Weighed): void {
    this.items.splice(this.#placeOf(item), 0, item);
    this.#load += item.weight;
  }

  /** Gives the partition at this place away. */
  take(place: number): Weighed | undefined {
    const [item] = this.items.splice(place, 1);
    // Without partitions the load is nothing, whatever rounding left of it.
    if (item !== undefined) this.#load = this.items.length === 0 ? 0 : this.#load - item.weight;
    return item;
  }

  /** The place of the heaviest partition that weighs at most `limit`; -1 if there is none. */
  heaviestUpTo(limit: number): number {
    let low = 0;
    let high = this.items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.items[middle]?.weight ?? Infinity) <= limit) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #placeOf(item: Weighed): number {
    let low = 0;
    let high = this.items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.items[middle];
      if (other !== undefined && comesBefore(other, item)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The lighter first, then the lower number. */
function comesBefore(one: Weighed, other: Weighed): boolean {
  return one.weight < other.weight || (one.weight === other.weight && one.partition < other.partition);
}

/** The one with the least load; among equals the one with the fewest partitions, then the first. */
export function lightestOf(shares: readonly Share[]): Share | undefined {
  let lightest: Share | undefined;
  for (const share of shares) if (lightest === undefined || isLighter(share, lightest)) lightest = share;
  return lightest;
}

function isLighter(one: Share, other: Share): boolean {
  return one.load < other.load || (one.load === other.load && one.items.length < other.items.length);
}
