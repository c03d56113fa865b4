/**
 * What a partition keeps of one instrument: its terms, its publishers' chains, its bars and what is needed to revise
 * them. In: writes of the fold. Out: reads of the fold; nothing here decides. All of it travels when the instrument
 * moves to another partition.
 */
import type { InstrumentTerms } from '../market/tick.ts';
import type { InstrumentPlace } from '../placement/handover-rules.ts';
import type { SessionCalendar } from '../sessions/session-calendar.ts';
import type { Link } from '../tape/link.ts';
import type { Amendments } from './amendments.ts';
import type { FirstOfDate } from './first-of-date.ts';
import type { GoneRanges } from './gone-ranges.ts';
import { emptyBody, freshBody, type InstrumentBody } from './instrument-body.ts';
import type { PendingAmendments } from './pending-amendments.ts';
import type { RowList } from './row-list.ts';

/** Where instruments are as long as none moves. */
export const ownFromTheStart: InstrumentPlace = { kind: 'own', epoch: 0 };

/** Blocks of trades shipped ahead of the Handover of one epoch: where the numbered ones of the set stand in this log. */
export type ShippedSet = {
  readonly epoch: number;
  /** The partition's clock when the first of them came, ms. */
  sinceMs: number;
  /** Block `ordinal + i` of the set has number `number + i`, for `count` of them. */
  readonly runs: { readonly ordinal: number; readonly number: number; count: number }[];
};

/** What was sent of an instrument since it is owned. */
export type ShippedTrades = {
  /** How many blocks, also those that were sent elsewhere or for another epoch: no place is used twice. */
  readonly blocks: number;
  /** Places of the first and last block with trades of a finest bar, by its start in s. */
  readonly ranges: ReadonlyMap<number, { readonly first: number; readonly last: number }>;
};

/** The same, which follows from what was there at a Prepare and is found out when it is needed. */
export type ShippedLater = {
  /** Looks through some `bytes` more of the log's blocks; answers whether it is found out. */
  work(bytes: number): boolean;
  /** The answer; what is not looked through yet is now. */
  known(): ShippedTrades;
};

/** What was sent ahead of the move that a Prepare said will come. */
export type PreparedTrades = {
  readonly epoch: number;
  readonly to: number;
  /** The partition's clock at the Prepare, ms. */
  readonly atMs: number;
  readonly shipped: ShippedLater;
  /** Number of the first tick block that was not looked at; 0 = nothing that was sent counts any more. */
  readonly nextBlock: number;
  /** Ticks of earlier blocks that were held then and applied since, as pairs of block number and place. */
  readonly late: number[];
};

/** One instrument of a partition. What grows with its ticks is its own while it is here; all others share one empty body. */
export class InstrumentState {
  readonly index: number;
  readonly dataset: string;
  readonly symbol: string;
  /** Known from the first tick on; a Void or a Progress may come before it. */
  terms: InstrumentTerms | undefined;
  calendar: SessionCalendar | undefined;
  links!: Link[];
  /** By level. */
  rows!: readonly RowList[];
  gone!: readonly GoneRanges[];
  /** Rows not closed yet. */
  open!: number[];
  /** Newest dates last; four a profile, or those with a bar that can be revised. */
  firsts!: FirstOfDate[];
  /** Numbers of the retained tick blocks with ticks of this instrument, rising. */
  blocks!: number[];
  amendments!: Amendments;
  /** Those whose trade has not come yet. */
  pending!: PendingAmendments;
  /** Clock at which an open bar with live ticks closes next, and a closed one leaves, ms; Infinity = none. */
  closeDueMs: number = Infinity;
  leaveDueMs: number = Infinity;
  /** Whether bars may leave at the end of the record. */
  sweep = false;
  /** Number of its last tick in the canonical tape; 0 = none was counted yet. */
  lastNumber = 0;
  /** Its number among the instruments of the partition in the order in which their terms came, from 1; 0 = not yet. */
  listedAt = 0;
  /** How often it had moved when it was; only for whoever lists it then, so no snapshot has it. */
  listedEpoch = 0;
  #place: InstrumentPlace;
  /** Number of the first tick block since it is owned: all later ones with ticks of it are its own. */
  firstBlock = 0;
  /** Other blocks that are its own, because they were parked or shipped, as ranges `[from, to)` of numbers, rising. */
  early!: number[];
  /** Trades that came ahead of a Handover, the oldest set first. */
  shipped: ShippedSet[] = [];
  /** Trades that were sent ahead of its own next move. */
  prepared: PreparedTrades | undefined;

  constructor(
    index: number,
    dataset: string,
    symbol: string,
    levels: number,
    place: InstrumentPlace = ownFromTheStart,
  ) {
    this.index = index;
    this.dataset = dataset;
    this.symbol = symbol;
    this.#place = place;
    this.#put(place.kind === 'own' ? freshBody(levels) : emptyBody(levels));
  }

  /** Where it is. While it is not owned, nothing of it is applied here, and its body is the empty one. */
  get place(): InstrumentPlace {
    return this.#place;
  }

  set place(place: InstrumentPlace) {
    const levels = this.rows.length;
    const isHere = this.rows !== emptyBody(levels).rows;
    this.#place = place;
    if ((place.kind === 'own') !== isHere) this.#put(isHere ? emptyBody(levels) : freshBody(levels));
  }

  /** Whether nothing of it was ever applied or held here. */
  get isFresh(): boolean {
    return this.terms === undefined && this.links.length === 0;
  }

  /** Notes that a block from before it was owned is its own, as one that was parked or shipped. */
  ownBlock(block: number): void {
    if (block >= this.firstBlock || this.isEarly(block)) return;
    const { early } = this;
    let at = early.length;
    while (at > 0 && early[at - 2]! > block) at -= 2;
    const joinsBefore = at > 0 && early[at - 1] === block;
    const joinsAfter = at < early.length && early[at] === block + 1;
    if (joinsBefore && joinsAfter) early.splice(at - 1, 2);
    else if (joinsBefore) early[at - 1] = block + 1;
    else if (joinsAfter) early[at] = block;
    else early.splice(at, 0, block, block + 1);
  }

  /** Whether ticks of it in that block, which was not shipped, are its own, applied or excluded one by one. */
  ownsBlock(block: number): boolean {
    return block >= this.firstBlock ? this.place.kind === 'own' : this.isEarly(block);
  }

  /** Whether that block is one of those that were parked or shipped. */
  isEarly(block: number): boolean {
    const { early } = this;
    for (let at = 0; at < early.length; at += 2) if (block >= early[at]! && block < early[at + 1]!) return true;
    return false;
  }

  /** Notes that a retained block has ticks of it; what was parked may come after blocks that are newer. */
  postBlock(block: number): void {
    const { blocks } = this;
    let at = blocks.length;
    while (at > 0 && blocks[at - 1]! > block) at -= 1;
    if (blocks[at - 1] !== block) blocks.splice(at, 0, block);
  }

  /** It left: nothing of it is here any more but its terms, by which it is known if it comes back. Its rows are released before. */
  clear(): void {
    this.#put(emptyBody(this.rows.length));
    this.firstBlock = 0;
    this.prepared = undefined;
    this.closeDueMs = Infinity;
    this.leaveDueMs = Infinity;
    this.sweep = false;
    this.lastNumber = 0;
  }

  #put({ links, rows, gone, open, firsts, blocks, early, amendments, pending }: InstrumentBody): void {
    this.links = links;
    this.rows = rows;
    this.gone = gone;
    this.open = open;
    this.firsts = firsts;
    this.blocks = blocks;
    this.early = early;
    this.amendments = amendments;
    this.pending = pending;
  }

  /** Forgets blocks before that number; nothing is rebuilt from them any more. */
  forgetBlocksBefore(block: number): void {
    if (this.blocks.length > 0 && this.blocks[0]! < block) this.blocks = this.blocks.filter((own) => own >= block);
    const { early } = this;
    let passed = 0;
    while (passed < early.length && early[passed + 1]! <= block) passed += 2;
    if (passed > 0) this.early = early.slice(passed);
  }

  /** The chain of a publisher, `undefined` before its first entry. */
  linkOf(publisher: number): Link | undefined {
    for (const link of this.links) if (link.publisher === publisher) return link;
    return undefined;
  }
}
