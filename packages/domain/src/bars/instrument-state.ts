/**
 * What a partition keeps of one instrument: its terms, its publishers' chains, its bars and what is needed to revise
 * them. In: writes of the fold. Out: reads of the fold; nothing here decides. All of it travels when the instrument
 * moves to another partition.
 */
import type { InstrumentTerms } from '../market/tick.ts';
import type { SessionCalendar } from '../sessions/session-calendar.ts';
import type { Link } from '../tape/link.ts';
import { Amendments } from './amendments.ts';
import type { FirstOfDate } from './first-of-date.ts';
import { GoneRanges } from './gone-ranges.ts';
import { PendingAmendments } from './pending-amendments.ts';
import { RowList } from './row-list.ts';

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
  /** Its place among the instruments of the partition in the order in which their terms came, from 1; 0 = not yet. */
  place = 0;

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
