/**
 * Takes ticks, gives them their identity and makes batches. In: checked ticks, room, a journal. Out: batches in the queue
 * of what is unsettled, in the journal first where there is one. Law 7: at the bound of unsettled ticks callers wait in
 * order; of those that wait there is a bound too.
 */
import { encodeTickBlock, type TickRow, type TimeDomain } from '@tapeline/domain';
import { asError } from '../as-error.ts';
import type { ClientClock } from '../client-clock.ts';
import { type Deferred, deferred } from '../deferred.ts';
import type { JournalKeeper } from './journal-keeper.ts';
import type { LinkBook } from './link-book.ts';
import type { ProgressBook } from './progress-book.ts';
import { PublisherFailedError } from './publisher-errors.ts';
import type { TickDraft } from './read-tick.ts';
import type { UnsettledBatch, UnsettledQueue } from './unsettled-queue.ts';

/** Calls that may wait for room. */
export const waitingCallsMax = 10_000;

/** Event times of a block lie within 104 days of its first; half of that leaves room to both sides. */
const batchSecMax = 50 * 86_400;

/** What the intake needs. */
export type IntakeParts = {
  readonly queue: UnsettledQueue;
  readonly links: LinkBook;
  readonly progress: ProgressBook | undefined;
  readonly journal: JournalKeeper | undefined;
  readonly timeDomain: TimeDomain;
  readonly clock: ClientClock;
  readonly lingerMs: number;
  readonly batchTicksMax: number;
  readonly unsettledTicksMax: number;
  /** Highest sequence given out before. */
  readonly lastSequence: number;
  /** There is a batch to send. */
  readonly changed: () => void;
  /** The publisher cannot go on. */
  readonly failed: (error: Error) => void;
};

type Waiting = {
  readonly draft: TickDraft;
  readonly resolve: (sequence: number | Promise<number>) => void;
  readonly reject: (error: Error) => void;
};

/** Ticks on their way into the queue. */
export class TickIntake {
  readonly #parts: IntakeParts;
  readonly #waiting: Waiting[] = [];
  #rows: TickRow[] = [];
  /** Resolves when the batch that is being filled is in the journal. */
  #written: Deferred<void> | undefined;
  /** Batches on their way through the journal, in order. */
  #writing: Promise<void> = Promise.resolve();
  #writingTicks = 0;
  #last: number;
  #isHeld = false;
  #isLingering = false;
  #closed: Error | undefined;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
    this.#last = parts.lastSequence;
  }

  /** Ticks that were taken and are not settled. */
  get ticks(): number {
    return this.#rows.length + this.#writingTicks + this.#parts.queue.ticks;
  }

  /** Highest sequence given out. */
  get lastSequence(): number {
    return this.#last;
  }

  /** Whether every tick that was taken is in the queue. */
  get isFlushed(): boolean {
    return this.#rows.length + this.#writingTicks === 0;
  }

  /** Takes a tick when there is room; see `Publisher.publish`. */
  async publish(draft: TickDraft): Promise<number> {
    if (this.#closed !== undefined) throw this.#closed;
    if (this.#waiting.length === 0 && this.#hasRoom()) return await this.#take(draft);
    if (this.#waiting.length >= waitingCallsMax) {
      const message = `${waitingCallsMax} calls of publish wait for room already; await each before the next`;
      throw new PublisherFailedError('BUSY', message);
    }
    return await new Promise((resolve, reject) => {
      this.#waiting.push({ draft, resolve, reject });
    });
  }

  /** Makes a batch of what lingers. */
  flush(): void {
    const rows = this.#rows;
    const [first] = rows;
    if (first === undefined) return;
    this.#rows = [];
    const written = this.#written;
    this.#written = undefined;
    const { timeDomain, journal, queue } = this.#parts;
    const header = { publisherId: 0n, timeDomain, mapEpoch: 0, dataset: '', receiveTimeNs: 0n };
    const last = rows.at(-1)?.sequence ?? first.sequence;
    const batch = { first: first.sequence, last, ticks: rows.length, block: encodeTickBlock(header, rows) };
    if (journal === undefined) {
      queue.add(batch);
      this.#parts.changed();
    } else this.#write(journal, batch, rows, written);
  }

  /** Everything up to this sequence is settled. */
  settle(sequence: number): void {
    const { queue, journal } = this.#parts;
    const gone = queue.settle(sequence);
    if (gone === 0) return;
    if (journal !== undefined) this.#try(() => journal.settled(sequence));
    this.release();
  }

  /** Takes nothing more until `release`: an identity is about to end. */
  hold(): void {
    this.#isHeld = true;
    this.flush();
  }

  /** Takes what waits, as far as there is room. */
  release(isHeld: boolean = this.#isHeld): void {
    this.#isHeld = isHeld;
    while (this.#hasRoom()) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      try {
        next.resolve(this.#take(next.draft));
      } catch (error) {
        next.reject(asError(error));
      }
    }
  }

  /** Resolves when the calls that wait now were taken or refused. */
  async waited(): Promise<void> {
    const last = this.#waiting.at(-1);
    if (last === undefined) return;
    await new Promise<void>((resolve) => {
      const at = this.#waiting.indexOf(last);
      this.#waiting[at] = {
        draft: last.draft,
        resolve: (sequence) => {
          last.resolve(sequence);
          resolve();
        },
        reject: (error) => {
          last.reject(error);
          resolve();
        },
      };
    });
  }

  /** Takes nothing more; those who wait are refused. */
  close(error: Error): void {
    this.#closed ??= error;
    this.#written?.reject(error);
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  #hasRoom(): boolean {
    return !this.#isHeld && this.#closed === undefined && this.ticks < this.#parts.unsettledTicksMax;
  }

  /** The tick's sequence, at once or when it is in the journal. */
  #take(draft: TickDraft): number | Promise<number> {
    const { links, progress, journal, batchTicksMax } = this.#parts;
    const [first] = this.#rows;
    if (first !== undefined && Math.abs(draft.eventSec - first.eventSec) > batchSecMax) this.flush();
    const sequence = this.#last + 1;
    const link = links.advance(draft.symbol, sequence);
    this.#last = sequence;
    this.#rows.push({ ...draft, sequence, link });
    progress?.tick(draft.symbol, sequence, draft.eventSec);
    if (journal !== undefined) this.#written ??= deferred();
    const written = this.#written?.promise;
    if (this.#rows.length >= batchTicksMax) this.flush();
    else this.#linger();
    return written === undefined ? sequence : written.then(() => sequence);
  }

  #linger(): void {
    if (this.#isLingering) return;
    this.#isLingering = true;
    const flush = (): void => {
      this.#isLingering = false;
      if (this.#closed === undefined) this.#try(() => this.flush());
    };
    if (this.#parts.lingerMs === 0) setImmediate(flush);
    else void this.#parts.clock.sleep(this.#parts.lingerMs).then(flush);
  }

  #write(journal: JournalKeeper, batch: UnsettledBatch, rows: readonly TickRow[], written?: Deferred<void>): void {
    const links = new Map(rows.map(({ symbol, sequence }) => [symbol, sequence]));
    this.#writingTicks += batch.ticks;
    const synced = journal.batch(batch, links);
    this.#writing = this.#writing
      .then(() => synced)
      .then(
        () => {
          this.#writingTicks -= batch.ticks;
          this.#parts.queue.add(batch);
          written?.resolve();
          this.#parts.changed();
        },
        (error: unknown) => {
          written?.reject(asError(error));
          this.#parts.failed(asError(error));
        },
      );
  }

  #try(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#parts.failed(asError(error));
    }
  }
}
