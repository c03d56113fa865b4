/**
 * What becomes of every entry of one publisher's chain, by brute force: the oracle of the rules F1 to F6. In: what
 * reached the log, record by record, for one publisher and instrument. Out: which ticks were applied, in which order and
 * at which record, and how many were repeats. Every missing sequence stands on its own in a map, where the fold keeps
 * ranges; so this is for short chains only.
 */
import type { PublishedTick } from './simulated-publisher.ts';

/** One entry of the chain. */
export type ChainItem = { readonly kind: 'tick' | 'void'; readonly tick: PublishedTick };

/** What one record holds of the chain. `waitedMs` is the partition's waiting clock at the record (rule K3). */
export type ChainRecord = { readonly offset: number; readonly waitedMs: number; readonly items: readonly ChainItem[] };

/** The account of a chain. */
export type ChainAccount = {
  /** Ticks in the order of application, and the record at which their turn came. */
  readonly applied: { readonly tick: PublishedTick; readonly offset: number }[];
  repeats: number;
  voided: number;
  /** Held Voids whose tick came after all and took their place. */
  replaced: number;
  /** Entries that had to wait, and ticks applied after later ones. */
  heldEver: number;
  throughHole: number;
  /** First and last missing sequence of every gap declared. */
  readonly gaps: { readonly first: number; readonly last: number }[];
};

type Held = ChainItem & { readonly sinceMs: number };

/** A tick waits at most so long, ms of the waiting clock (F6). */
const heldMsMax = 60_000;

/** The account after all records, and what still waits. */
export function referenceChain(records: readonly ChainRecord[]): ChainAccount & { readonly held: number } {
  const chain = new Chain();
  for (const record of records) chain.take(record);
  return { ...chain.account, held: chain.held.length };
}

class Chain {
  readonly account: ChainAccount = {
    applied: [],
    repeats: 0,
    voided: 0,
    replaced: 0,
    heldEver: 0,
    throughHole: 0,
    gaps: [],
  };
  held: Held[] = [];
  #last = 0;
  /** For every sequence that was passed without being applied: the sequence applied, or passed as a whole, before it. */
  readonly #missing = new Map<number, number>();

  take({ offset, waitedMs, items }: ChainRecord): void {
    for (;;) {
      const overdue = this.held.find(({ sinceMs }) => waitedMs - sinceMs >= heldMsMax);
      if (overdue === undefined) break;
      this.#giveUpFor(overdue, offset);
    }
    for (const item of items) {
      this.#decide({ ...item, sinceMs: waitedMs }, offset);
      this.#drain(offset);
    }
  }

  /** What must have been applied last for this sequence to be next; `undefined` = it was applied already. */
  #before(sequence: number): number | undefined {
    return sequence > this.#last ? this.#last : this.#missing.get(sequence);
  }

  #decide(item: Held, offset: number): void {
    const { sequence, link } = item.tick.row;
    const before = this.#before(sequence);
    if (before === undefined) this.account.repeats += 1;
    else if (before === link) this.#apply(item, offset);
    else this.#hold(item);
  }

  #hold(item: Held): void {
    const { sequence } = item.tick.row;
    const other = this.held.find(({ tick }) => tick.row.sequence === sequence);
    if (other === undefined) {
      this.account.heldEver += 1;
      this.held.push(item);
    } else if (other.kind === 'void' && item.kind === 'tick') {
      this.account.replaced += 1;
      this.held[this.held.indexOf(other)] = { ...item, sinceMs: other.sinceMs };
    } else this.account.repeats += 1;
    this.held.sort((left, right) => left.tick.row.sequence - right.tick.row.sequence);
  }

  #apply({ kind, tick }: Held, offset: number): void {
    const { sequence } = tick.row;
    if (kind === 'tick') {
      if (sequence < this.#last) this.account.throughHole += 1;
      this.#pass(sequence, true);
      this.account.applied.push({ tick, offset });
    } else if (this.#isVoided(sequence)) this.account.repeats += 1;
    else {
      this.#pass(sequence, false);
      this.account.voided += 1;
    }
  }

  /** Whether a Void of this sequence would say nothing new: the next missing one counts from it already. */
  #isVoided(sequence: number): boolean {
    const before = this.#missing.get(sequence);
    return before !== undefined && this.#missing.get(sequence + 1) !== before;
  }

  /** The chain goes on from `sequence`; with `applied` it is in, otherwise it may still come. */
  #pass(sequence: number, applied: boolean): void {
    const before = this.#before(sequence) as number;
    if (sequence > this.#last) {
      for (let missing = before + 1; missing <= sequence; missing += 1) this.#missing.set(missing, before);
      this.#last = sequence;
      if (applied) for (let missing = before + 1; missing <= sequence; missing += 1) this.#missing.delete(missing);
      return;
    }
    for (const [missing, low] of this.#missing) {
      if (low !== before) continue;
      if (missing > sequence) this.#missing.set(missing, sequence);
      else if (applied) this.#missing.delete(missing);
    }
  }

  #giveUpFor(item: Held, offset: number): void {
    const { sequence, link } = item.tick.row;
    this.held = this.held.filter((other) => other !== item);
    const before = this.#before(sequence) as number;
    this.account.gaps.push({ first: before + 1, last: link });
    this.#pass(link, false);
    this.#apply(item, offset);
    this.#drain(offset);
  }

  #drain(offset: number): void {
    for (;;) {
      const ready = this.held.find(({ tick }) => {
        const before = this.#before(tick.row.sequence);
        return before === undefined || before === tick.row.link;
      });
      if (ready === undefined) return;
      this.held = this.held.filter((other) => other !== ready);
      this.#decide(ready, offset);
    }
  }
}
