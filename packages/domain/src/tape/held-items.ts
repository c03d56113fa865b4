/**
 * What one publisher's chain holds of one instrument. In: ticks and Voids that came before their predecessor. Out: the same, in the
 * order of their sequences, and by the predecessor that they name. Law 7: how many may wait (rule F6). An owner that stands still
 * for seconds while an instrument leaves it holds up all that came after, so what is asked after each tick costs the same for any number.
 */
import type { InternedAttributes } from '../log/log-dictionary.ts';

/** Identity and contents of the trade that a tick amends, as the tick itself says it. */
export type HeldReference = {
  readonly sequence: number;
  readonly tradeId: string;
  /** Corrected event time; -1 = the original's stays. */
  readonly correctedSec: number;
  readonly correctedNano: number;
};

/** A tick that waits for its predecessor, with everything the fold will need of it. */
export type HeldTick = {
  readonly interned: InternedAttributes;
  readonly eventSec: number;
  readonly eventNano: number;
  readonly price: number;
  readonly size: number;
  readonly tradeId: string;
  readonly reference: HeldReference | undefined;
  /** The venue's own sequence; absent = unknown. */
  readonly venueSequence: number | undefined;
  /** When its block was received, ns since the Unix epoch, 0 = unknown, and its own delay where the block has them. */
  readonly receiveTimeNs: bigint;
  readonly receiveDelayNs: number | undefined;
  /** Number of its tick block and place in it. */
  readonly block: number;
  readonly index: number;
};

/** A tick or a Void that came before its predecessor. */
export type Held = {
  readonly sequence: number;
  readonly link: number;
  /** The partition's waiting clock when it was held, ms. */
  readonly sinceMs: number;
  /** Append time of the first record that it stood in, ms since the Unix epoch (rule E2); 0 = unknown. */
  readonly firstAppendMs: number;
  /** Absent for a Void. */
  tick?: HeldTick;
};

/** A tick or Void is held at most so long, ms of the partition's waiting clock. */
export const heldMsMax = 60_000;
/** So many ticks and Voids a chain may hold in any case. */
export const heldOfChainMax = 4_096;
/** While all chains of a partition hold no more than this, some 70 MB, each may hold more than its own. */
export const heldOfPartitionMax = 131_072;

/** Rule F6: whether a chain holds more than it may, of itself and of its partition as a whole. */
export function holdsTooMany(ofChain: number, ofPartition: number): boolean {
  return ofChain > heldOfChainMax && ofPartition > heldOfPartitionMax;
}

/** Places in front that are empty before the others move up, so that taking from the front does not move all of them. */
const emptyMax = 1_024;

/** What all chains have that hold nothing, which are nearly all: nobody puts anything in. */
const noItems: (Held | undefined)[] = [];
const noLinks: Map<number, Held[]> = new Map();

/** Items of one chain, each sequence once. */
export class HeldItems {
  /** Rising sequences from `#front` on. */
  #items = noItems;
  #front = 0;
  /** By the predecessor that they name, in the order of sequences; an honest publisher has one of each. */
  #byLink = noLinks;

  get length(): number {
    return this.#items.length - this.#front;
  }

  /** The one of the lowest sequence; `undefined` = nothing is held. */
  get first(): Held | undefined {
    return this.#items[this.#front];
  }

  /** All of them, in the order of sequences, as they are now. */
  all(): readonly Held[] {
    return this.#items.slice(this.#front) as Held[];
  }

  /** Takes it in; false if its sequence is there already. Of a Void and a tick of one sequence the tick stays (F5). */
  add(item: Held): boolean {
    const place = this.#placeAfter(item.sequence - 1);
    const other = this.#items[place];
    if (other?.sequence === item.sequence) {
      if (other.tick !== undefined || item.tick === undefined) return false;
      this.remove(other);
      return this.add({ ...item, sinceMs: other.sinceMs });
    }
    if (this.length === 0) {
      this.#items = [item];
      this.#byLink = new Map();
    } else if (place === this.#items.length) this.#items.push(item);
    else this.#items.splice(place, 0, item);
    this.#addLink(item);
    return true;
  }

  /** Takes it out. */
  remove(item: Held): void {
    if (this.length === 1) {
      this.takeAll();
      return;
    }
    this.#dropLink(item);
    const place = this.#placeAfter(item.sequence - 1);
    if (place > this.#front) {
      this.#items.splice(place, 1);
      return;
    }
    this.#items[this.#front] = undefined;
    this.#front += 1;
    if (this.#front < emptyMax || this.#front * 2 < this.#items.length) return;
    this.#items = this.#items.slice(this.#front);
    this.#front = 0;
  }

  /** Takes out all of them. */
  takeAll(): readonly Held[] {
    const items = this.all();
    this.#items = noItems;
    this.#front = 0;
    this.#byLink = noLinks;
    return items;
  }

  /** The first one above `low` and up to `high`. */
  firstWithin(low: number, high: number): Held | undefined {
    const item = this.#items[this.#placeAfter(low)];
    return item !== undefined && item.sequence <= high ? item : undefined;
  }

  /** The first one above `low` and up to `high` that names `low` as its predecessor. */
  successorWithin(low: number, high: number): Held | undefined {
    return this.#byLink.get(low)?.find(({ sequence }) => sequence > low && sequence <= high);
  }

  /** The first one that has waited since `ms` or longer. */
  firstSince(ms: number): Held | undefined {
    return this.all().find(({ sinceMs }) => sinceMs <= ms);
  }

  /** The place of the first one above a sequence; behind the last one if there is none. */
  #placeAfter(sequence: number): number {
    let [low, high] = [this.#front, this.#items.length];
    if (high > low && this.#items[high - 1]!.sequence <= sequence) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#items[middle]!.sequence <= sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #addLink(item: Held): void {
    const rivals = this.#byLink.get(item.link);
    if (rivals === undefined) {
      this.#byLink.set(item.link, [item]);
      return;
    }
    const place = rivals.findIndex(({ sequence }) => sequence > item.sequence);
    rivals.splice(place < 0 ? rivals.length : place, 0, item);
  }

  #dropLink(item: Held): void {
    const rivals = this.#byLink.get(item.link)!;
    if (rivals.length === 1) this.#byLink.delete(item.link);
    else rivals.splice(rivals.indexOf(item), 1);
  }
}
