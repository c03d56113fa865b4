/**
 * What became of every row. In: batches as they are read, and what the fold says. Out: counts that add up: every row
 * read was accepted, rejected, late or a duplicate. Law 8: nothing is silent.
 */
import { type FoldCounters, TickKind } from '@tapeline/domain';
import type { RecordedBatch } from '@tapeline/recordings';

/** Most different things that are counted one by one; all beyond are counted together. */
const namesMax = 100;

/** The counts of one run. */
export class Tally {
  /** Ticks and refused rows. */
  read = 0;
  rejected = 0;
  /** Rows that were read before, by their identity or because their file was given twice. */
  duplicates = 0;
  late = 0;
  bars = 0;
  quotes = 0;
  amendments = 0;
  amendmentsUnmatched = 0;
  readonly #ignored = new Map<string, number>();
  readonly #unknownConditions = new Map<string, number>();

  /** Counts what a batch of a file holds. */
  addBatch(batch: RecordedBatch): void {
    this.read += batch.ticks.length + batch.rejected.length;
    this.rejected += batch.rejected.length;
    addAll(this.#ignored, batch.ignored);
    addAll(this.#unknownConditions, batch.unknownConditions);
  }

  /** Counts a tick that goes into the log. */
  addLogged(kind: TickKind): void {
    if (kind === TickKind.quote) this.quotes += 1;
    else if (kind === TickKind.cancel || kind === TickKind.correction) this.amendments += 1;
  }

  /** Takes in the totals of the fold, once, at the end. */
  addFold(counters: Readonly<FoldCounters>): void {
    this.duplicates += counters.repeats;
    this.late += counters.late;
    this.amendmentsUnmatched += counters.amendmentsUnmatched;
  }

  /** Rows that the bars were made from. */
  get accepted(): number {
    return this.read - this.rejected - this.late - this.duplicates;
  }

  /** The counts in words: one line always, the others where there is something to say. */
  lines(): string[] {
    const { read, accepted, rejected, late, duplicates, bars } = this;
    const out = [
      `read ${read}, accepted ${accepted}, rejected ${rejected}, late ${late}, duplicates ${duplicates}, bars ${bars}`,
    ];
    const parts: string[] = [];
    if (this.quotes > 0) parts.push(`quotes ${this.quotes}`);
    if (this.amendments > 0) parts.push(`cancels and corrections ${this.amendments}`);
    if (this.amendmentsUnmatched > 0) parts.push(`of these without a trade ${this.amendmentsUnmatched}`);
    if (parts.length > 0) out.push(`among them ${parts.join(', ')}`);
    if (this.#ignored.size > 0) out.push(`ignored ${textOf(this.#ignored)}`);
    if (this.#unknownConditions.size > 0) out.push(`unknown conditions ${textOf(this.#unknownConditions)}`);
    return out;
  }
}

function addAll(into: Map<string, number>, counts: ReadonlyMap<string, number>): void {
  for (const [what, count] of counts) {
    const name = into.has(what) || into.size < namesMax ? what : 'others';
    into.set(name, (into.get(name) ?? 0) + count);
  }
}

function textOf(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([what, count]) => `${what} ${count}`).join(', ');
}
