/**
 * What a partition keeps of one instrument: its terms, its publishers' chains, its bars and what is needed to revise
 * them. In: writes of the fold. Out: reads of the fold; nothing here decides. All of it travels when the instrument
 * moves to another partition.
 */
import type { InstrumentTerms, TickAttributes } from '../market/tick.ts';
import type { SessionCalendar } from '../sessions/session-calendar.ts';
import type { HeldReference, Link } from '../tape/link.ts';
import type { FirstOfDate } from './first-of-date.ts';
import { GoneRanges } from './gone-ranges.ts';
import { RowList } from './row-list.ts';

/** A trade as a cancel or correction left it. Identity is the original's. */
export type Amendment = {
  readonly publisher: number;
  readonly sequence: number;
  /** Ids by which later amendments may name the trade. */
  readonly tradeIds: readonly string[];
  readonly venue: string;
  /** Order of the amendment that decided: event time, publisher, sequence. */
  readonly bySec: number;
  readonly byNano: number;
  readonly byPublisher: number;
  readonly bySequence: number;
  readonly cancelled: boolean;
  /** The original's own event time, and the time at which the trade counts now. */
  readonly originalSec: number;
  readonly originalNano: number;
  readonly eventSec: number;
  readonly eventNano: number;
  readonly price: number;
  readonly size: number;
  readonly attributes: TickAttributes;
};

/** A cancel or correction as its own tick says it. */
export type AmendingTick = {
  readonly publisher: number;
  readonly sequence: number;
  readonly eventSec: number;
  readonly eventNano: number;
  readonly price: number;
  readonly size: number;
  readonly attributes: TickAttributes;
  readonly tradeId: string;
  readonly reference: HeldReference;
  readonly block: number;
};

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
  /** By `publisher:sequence` of the original. */
  readonly amendments: Map<string, Amendment> = new Map();
  /** Amendments whose trade has not come yet; replaced, never changed in place. */
  pending: readonly AmendingTick[] = [];
  /** Clock at which an open bar with live ticks closes next, and a closed one leaves, ms; Infinity = none. */
  closeDueMs: number = Infinity;
  leaveDueMs: number = Infinity;
  /** Whether bars may leave at the end of the record. */
  sweep = false;
  /** Events applied: the instrument's own position in the canonical tape. */
  events = 0;

  constructor(index: number, dataset: string, symbol: string, levels: number) {
    this.index = index;
    this.dataset = dataset;
    this.symbol = symbol;
    for (let level = 0; level < levels; level += 1) {
      this.rows.push(new RowList());
      this.gone.push(new GoneRanges());
    }
  }

  /** The chain of a publisher, `undefined` before its first entry. */
  linkOf(publisher: number): Link | undefined {
    for (const link of this.links) if (link.publisher === publisher) return link;
    return undefined;
  }
}

/** The key under which an amendment of a trade is kept. */
export function amendmentKey(publisher: number, sequence: number): string {
  return `${publisher}:${sequence}`;
}
