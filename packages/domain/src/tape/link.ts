/**
 * One publisher's chain of ticks of one instrument (rules F1 to F6). In: a sequence and its link, the sequence of the
 * publisher's tick before. Out: apply, hold, drop as a repeat, or quarantine. Laws 3 and 4: what was applied is a
 * prefix of the chain, so a repeat is known for certain; order is given up only at a declared gap, which leaves a
 * hole that its ticks can still fill.
 */
import { type Held, HeldItems } from './held-items.ts';

/** Sequences that were never applied, `(low, high]`; `low` is the last applied before them. */
export type Hole = { low: number; high: number };

/** What becomes of a tick. `forgotten`: it belongs to a hole that was dropped at the bound. */
export type LinkDecision = 'apply' | 'hold' | 'repeat' | 'forgotten';

/** At most so many holes are kept open per publisher and instrument. */
export const holesMax = 64;

/** The state of one publisher in one instrument. */
export class Link {
  /** Index of the publisher in the partition. */
  readonly publisher: number;
  /** This publisher's bit in the publisher sets of bars: bit 0 for all live ones, see `link-of-publisher.ts`. */
  bit: number;
  /** The last sequence applied, or given up for; 0 = none. */
  last = 0;
  holes: Hole[] = [];
  /** Holes dropped at the bound; at most as many, then neighbours merge. */
  forgotten: Hole[] = [];
  readonly held: HeldItems = new HeldItems();
  /** How far the publisher is in this instrument by its event time, ms since the Unix epoch, rounded down; -1 = nowhere. */
  timeMs = -1;
  /** The partition's waiting clock at its last entry in this instrument, ms. */
  aliveMs = 0;
  /** A Progress that waits for the tick it names; link -1 = none. */
  progressLink = -1;
  progressMs = -1;
  /** Event time from which on an open bar may close by this publisher, ms; derived from the rows. */
  dueMs: number = Infinity;

  constructor(publisher: number, bit: number) {
    this.publisher = publisher;
    this.bit = bit;
  }

  /** Rules F1 to F4 for a tick or a Void. */
  decide(sequence: number, link: number): LinkDecision {
    if (sequence > this.last) return link === this.last ? 'apply' : 'hold';
    const hole = holeWith(this.holes, sequence);
    if (hole !== undefined) return link === hole.low ? 'apply' : 'hold';
    return holeWith(this.forgotten, sequence) === undefined ? 'repeat' : 'forgotten';
  }

  /**
   * Whether a later tick was applied already, so that this one, to be applied now, breaks the publisher's order. What a
   * Void or a gap took in place of ticks does not count as applied.
   */
  isBehind(sequence: number): boolean {
    if (sequence > this.last) return false;
    let top = this.last;
    for (let index = this.holes.length - 1; index >= 0 && this.holes[index]!.high === top; index -= 1) {
      top = this.holes[index]!.low;
    }
    return sequence < top;
  }

  /** Takes in a tick that `decide` said to apply. */
  accept(sequence: number): void {
    if (sequence > this.last) {
      this.last = sequence;
      return;
    }
    const index = this.holes.findIndex((hole) => sequence > hole.low && sequence <= hole.high);
    const hole = this.holes[index]!;
    hole.low = sequence;
    if (hole.low === hole.high) this.holes.splice(index, 1);
  }

  /**
   * Takes in a Void that `decide` said to apply (F5): the chain goes on, and the sequence stays a hole, so that the
   * tick still counts if another ingest accepted it after all. False if the hole was there already.
   */
  acceptVoid(sequence: number): boolean {
    if (sequence > this.last) {
      this.#open({ low: this.last, high: sequence });
      this.last = sequence;
      return true;
    }
    const hole = holeWith(this.holes, sequence)!;
    if (hole.high === sequence) return false;
    const high = hole.high;
    hole.high = sequence;
    this.#open({ low: sequence, high });
    return true;
  }

  /**
   * Takes out the first held item whose turn has come, or that has become a repeat; `undefined` = none. Between two holes lies what is
   * settled; in a hole, and behind the last tick, the item that names the one before it is next.
   */
  nextReady(): { item: Held; decision: Exclude<LinkDecision, 'hold'> } | undefined {
    let settledFrom = -1;
    for (const { low, high } of this.holes) {
      const item = this.held.firstWithin(settledFrom, low) ?? this.held.successorWithin(low, high);
      if (item !== undefined) return this.#takeOut(item);
      settledFrom = high;
    }
    const item = this.held.firstWithin(settledFrom, this.last) ?? this.held.successorWithin(this.last, Infinity);
    return item === undefined ? undefined : this.#takeOut(item);
  }

  #takeOut(item: Held): { item: Held; decision: Exclude<LinkDecision, 'hold'> } {
    this.held.remove(item);
    return { item, decision: this.decide(item.sequence, item.link) as Exclude<LinkDecision, 'hold'> };
  }

  /**
   * Rule F6: gives up waiting for the predecessor of `item`, and takes it out of what is held; its turn has come.
   * What is missing stays a hole that can still be filled. Answers the missing sequences, `(low, high]`. A link that
   * contradicts the chain leaves everything up to the item open.
   */
  declareGap(item: Held): Hole {
    this.held.remove(item);
    const hole = item.sequence > this.last ? undefined : holeWith(this.holes, item.sequence);
    const low = hole?.low ?? this.last;
    const high = item.link > low ? item.link : item.sequence - 1;
    if (hole === undefined) this.last = high;
    else hole.low = high;
    if (high > low) this.#open({ low, high });
    return { low, high };
  }

  #open(hole: Hole): void {
    insert(this.holes, hole);
    if (this.holes.length <= holesMax) return;
    insert(this.forgotten, this.holes.shift()!);
    if (this.forgotten.length > holesMax) mergeNearest(this.forgotten);
  }
}

function holeWith(holes: readonly Hole[], sequence: number): Hole | undefined {
  return holes.find((hole) => sequence > hole.low && sequence <= hole.high);
}

function insert(holes: Hole[], hole: Hole): void {
  const index = holes.findIndex((other) => other.low > hole.low);
  holes.splice(index < 0 ? holes.length : index, 0, hole);
}

function mergeNearest(holes: Hole[]): void {
  let nearest = 1;
  for (let index = 1; index < holes.length; index += 1) {
    const gap = holes[index]!.low - holes[index - 1]!.high;
    if (gap < holes[nearest]!.low - holes[nearest - 1]!.high) nearest = index;
  }
  holes[nearest - 1]!.high = holes[nearest]!.high;
  holes.splice(nearest, 1);
}
