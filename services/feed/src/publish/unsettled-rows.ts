/**
 * The ticks that a sink has not settled yet, kept so that they can be sent again with the same identity. In: batches in
 * sequence order, and how far the sink is. Out: what is left. Law 7: 60,000 ticks at most; `isFull` says when to wait.
 */
import type { TickRow } from '@tapeline/domain';

/** Three times what ingest lets be unsettled, so that the sink, not this, is what slows a feed down. */
const rowsMax = 60_000;

/** Ticks of one publisher. */
export class UnsettledRows {
  #batches: (readonly TickRow[])[] = [];
  #count = 0;
  #settled = 0;

  /** How many there are at most, those of a batch that is settled in part included. */
  get count(): number {
    return this.#count;
  }

  /** Whether no further batch may be added. */
  get isFull(): boolean {
    return this.#count >= rowsMax;
  }

  /** Adds a batch, all sequences of which lie above those before. */
  add(batch: readonly TickRow[]): void {
    this.#batches.push(batch);
    this.#count += batch.length;
  }

  /** Everything up to this sequence is settled; a lower one than before changes nothing. */
  settle(sequence: number): void {
    if (sequence <= this.#settled) return;
    this.#settled = sequence;
    let whole = 0;
    for (const batch of this.#batches) {
      if ((batch.at(-1)?.sequence ?? 0) > sequence) break;
      whole += 1;
      this.#count -= batch.length;
    }
    if (whole > 0) this.#batches = this.#batches.slice(whole);
  }

  /** Forgets everything, as after an id that expired; answers what was left. */
  abandon(): readonly TickRow[] {
    const left = this.batches().flat();
    this.#batches = [];
    this.#count = 0;
    return left;
  }

  /** What is left, in batches of at most 2,000, in order. */
  batches(): (readonly TickRow[])[] {
    const [first, ...others] = this.#batches;
    if (first === undefined) return [];
    const rest = first.filter(({ sequence }) => sequence > this.#settled);
    return rest.length === 0 ? others : [rest, ...others];
  }
}
