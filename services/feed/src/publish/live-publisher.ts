/**
 * The publisher of a live feed. In: ticks without an identity, in order. Out: the same with rising sequences and links,
 * in batches. It takes a new publisher before an id is too old; where one expired, what was not settled is told as a
 * gap, because sent again under a new id it could count twice. Law 7: 100,000 ticks wait at most, beyond it refuses.
 */
import { type FeedIdentity, type TickRow, TimeDomain } from '@tapeline/domain';
import { GraceOverError, PublisherExpiredError } from './sink-faults.ts';
import { type PublisherParts, TickPublisher } from './tick-publisher.ts';
import type { UnnumberedRow } from './unnumbered-row.ts';

const waitingMax = 100_000;
const batchMax = 2_000;

/** Publishes ticks as they happen. */
export class LivePublisher {
  readonly #parts: PublisherParts;
  readonly #identity: FeedIdentity;
  #publisher: TickPublisher | undefined;
  #waiting: UnnumberedRow[] = [];
  readonly #links = new Map<string, number>();
  #sequence = 0;

  constructor(parts: PublisherParts, dataset: string, clientName: string) {
    this.#parts = parts;
    this.#identity = { dataset, timeDomain: TimeDomain.live, clientName };
  }

  /** Takes a tick; false if too many wait, and then the caller has a gap to tell of. */
  offer(row: UnnumberedRow): boolean {
    if (this.#waiting.length >= waitingMax) return false;
    this.#waiting.push(row);
    return true;
  }

  /** Ticks that wait for `flush`. */
  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Sends what waits; one call at a time. Rejects as `TickPublisher` does, but not for an id that expired. */
  async flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const publisher = await this.#current();
      const batch = this.#waiting.slice(0, batchMax);
      this.#waiting = this.#waiting.slice(batchMax);
      for (const row of batch) {
        this.#sequence += 1;
        row.sequence = this.#sequence;
        row.link = this.#links.get(row.symbol) ?? 0;
        this.#links.set(row.symbol, row.sequence);
      }
      await this.#orNewPublisher(() => publisher.send(batch));
    }
  }

  /** Sends what waits, settles everything and lets go; what could not be settled in the grace of a stop is told as a gap. */
  async close(): Promise<void> {
    try {
      await this.flush();
      await this.#settle();
    } catch (error) {
      if (!(error instanceof GraceOverError)) throw error;
      await this.#giveUp(error.message);
    }
  }

  async #current(): Promise<TickPublisher> {
    if (this.#publisher?.isOld(this.#parts.clock.nowMs()) === true) await this.#settle();
    this.#publisher ??= await TickPublisher.open(this.#parts, this.#identity);
    return this.#publisher;
  }

  async #settle(): Promise<void> {
    await this.#orNewPublisher(async () => this.#publisher?.close());
    this.#begin();
  }

  async #orNewPublisher(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      if (!(error instanceof PublisherExpiredError)) throw error;
      await this.#giveUp(`its publisher id expired before they were settled (${error.message})`);
    }
  }

  async #giveUp(why: string): Promise<void> {
    const lost = [...((await this.#publisher?.abandon()) ?? [])];
    if (this.#parts.stop.graceOver.aborted) {
      lost.push(...this.#waiting);
      this.#waiting = [];
    }
    this.#begin();
    tellLost(this.#parts, this.#identity.dataset, lost, why);
  }

  #begin(): void {
    this.#publisher = undefined;
    this.#links.clear();
    this.#sequence = 0;
  }
}

/** Tells of ticks that may have arrived or not. */
function tellLost({ report }: PublisherParts, dataset: string, rows: readonly TickRow[], why: string): void {
  if (rows.length === 0) return;
  let [fromNs, toNs] = [eventNsOf(rows[0] as TickRow), eventNsOf(rows[0] as TickRow)];
  for (const row of rows) {
    const ns = eventNsOf(row);
    if (ns < fromNs) fromNs = ns;
    if (ns > toNs) toNs = ns;
  }
  report.gap({ dataset, fromNs, toNs, reason: `${rows.length} ticks may be missing: ${why}` });
}

function eventNsOf({ eventSec, eventNano }: TickRow): bigint {
  return BigInt(eventSec) * 1_000_000_000n + BigInt(eventNano);
}
