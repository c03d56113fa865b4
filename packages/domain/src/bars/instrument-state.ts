/**
 * What a partition keeps of one instrument: its terms, its publishers' chains, its bars and what is needed to revise
 * them. In: writes of the fold. Out: reads of the fold; nothing here decides. All of it travels when the instrument
 * moves to another partition.
 */
import type { InstrumentTerms } from '../market/tick.ts';
import type { InstrumentPlace } from '../placement/handover-rules.ts';
import type { SessionCalendar } from '../sessions/session-calendar.ts';
import type { Link } from '../tape/link.ts';
import { Amendments } from './amendments.ts';
import type { FirstOfDate } from './first-of-date.ts';
import { GoneRanges } from './gone-ranges.ts';
import { PendingAmendments } from './pending-amendments.ts';
import { RowList } from './row-list.ts';

/** Where instruments are as long as none moves. */
export const ownFromTheStart: InstrumentPlace = { kind: 'own', epoch: 0 };

/** One instrument of a partition. */
export class InstrumentState {
  readonly index: number;
  readonly dataset: string;
  readonly symbol: string;
  /** Known from the first tick on; a Void or a Progress may come before it. */
  terms: InstrumentTerms | undefined;
  calendar: SessionCalendar | undefined;
  readonly links: Link[] = [];
  /** By level. */
  readonly rows: RowList[] = [];
  readonly gone: GoneRanges[] = [];
  /** Rows not closed yet. */
  open: number[] = [];
  /** Newest dates last; four a profile, or those with a bar that can be revised. */
  firsts: FirstOfDate[] = [];
  /** Numbers of the retained tick blocks with ticks of this instrument, rising but for repeats. */
  blocks: number[] = [];
  readonly amendments: Amendments = new Amendments();
  /** Those whose trade has not come yet. */
  readonly pending: PendingAmendments = new PendingAmendments();
  /** Clock at which an open bar with live ticks closes next, and a closed one leaves, ms; Infinity = none. */
  closeDueMs: number = Infinity;
  leaveDueMs: number = Infinity;
  /** Whether bars may leave at the end of the record. */
  sweep = false;
  /** Number of its last tick in the canonical tape; 0 = none was counted yet. */
  lastNumber = 0;
  /** Its number among the instruments of the partition in the order in which their terms came, from 1; 0 = not yet. */
  listedAt = 0;
  /** Where it is. While it is not owned, nothing of it is applied here. */
  place: InstrumentPlace;
  /** Number of the first tick block since it is owned: all later ones with ticks of it are its own. */
  firstBlock = 0;
  /** Earlier blocks that are its own too, because they were parked, as ranges `[from, to)` of numbers, rising. */
  early: number[] = [];

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
    this.place = place;
    for (let level = 0; level < levels; level += 1) {
      this.rows.push(new RowList());
      this.gone.push(new GoneRanges());
    }
  }

  /** Whether nothing of it was ever applied or held here. */
  get isFresh(): boolean {
    return this.terms === undefined && this.links.length === 0;
  }

  /** Notes that a block which was parked is its own; blocks come in the order of their numbers. */
  ownBlock(block: number): void {
    const { early } = this;
    if (block >= this.firstBlock || block < (early.at(-1) ?? 0)) return;
    if (early.at(-1) === block) early[early.length - 1] = block + 1;
    else early.push(block, block + 1);
  }

  /** Whether ticks of it in that block are its own, applied or excluded one by one. */
  ownsBlock(block: number): boolean {
    if (block >= this.firstBlock) return this.place.kind === 'own';
    const { early } = this;
    for (let at = 0; at < early.length; at += 2) if (block >= early[at]! && block < early[at + 1]!) return true;
    return false;
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
