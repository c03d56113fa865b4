/**
 * One publisher over streams that fail. In: ticks with sequence and link, progress, ends. Out: the same on a stream of
 * the sink; after an error a new stream of the same publisher, on which everything that was not settled comes again
 * first. Law 3: nothing is lost and nothing gets another identity. Tries are endless and spaced: they end with the stop.
 */
import {
  type FeedIdentity,
  type FeedSink,
  type FeedStream,
  type InstrumentProgress,
  issueDayOf,
  type TickRow,
} from '@tapeline/domain';
import { Backoff, type Clock, type RandomSource } from '@tapeline/runtime';
import type { FeedReport } from './feed-report.ts';
import type { FeedStop } from './feed-stop.ts';
import { GraceOverError, PublisherExpiredError, remedyOf } from './sink-faults.ts';
import { UnsettledRows } from './unsettled-rows.ts';

/** What publishers of a run share. */
export type PublisherParts = {
  readonly sink: FeedSink;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly report: FeedReport;
  readonly stop: FeedStop;
};

/** Where an instrument ends. */
export type InstrumentEnd = { readonly symbol: string; readonly link: number };

const firstWaitMs = 200;
const longestWaitMs = 10_000;
const msPerDay = 86_400_000;

/** Days of its seven after which a publisher's place is taken by a new one. */
const useDaysMax = 6;

/**
 * A publisher. Its calls are awaited one by one. They reject with `PublisherExpiredError`, with `GraceOverError`, or
 * with the error of a sink that says that the feed does wrong.
 */
export class TickPublisher {
  readonly #parts: PublisherParts;
  readonly #identity: FeedIdentity;
  readonly #backoff: Backoff;
  readonly #unsettled = new UnsettledRows();
  /** The newest of each instrument, until everything is settled. */
  readonly #progress = new Map<string, InstrumentProgress>();
  readonly #ends = new Map<string, InstrumentEnd>();
  #stream: FeedStream;
  #rejectedTold = 0;

  private constructor(parts: PublisherParts, identity: FeedIdentity, stream: FeedStream, backoff: Backoff) {
    this.#parts = parts;
    this.#identity = identity;
    this.#stream = stream;
    this.#backoff = backoff;
  }

  /** Opens the publisher's first stream, however long that takes; rejects at the end of the grace. */
  static async open(parts: PublisherParts, identity: FeedIdentity): Promise<TickPublisher> {
    const backoff = new Backoff({ firstMs: firstWaitMs, maxMs: longestWaitMs, random: parts.random });
    for (;;) {
      try {
        const stream = await untilGrace(parts.stop, parts.sink.open(identity));
        backoff.reset();
        parts.report.logTakes();
        return new TickPublisher(parts, identity, stream, backoff);
      } catch (error) {
        await waitAfter(error, parts, backoff);
      }
    }
  }

  /** The id, the same over all streams. */
  get id(): bigint {
    return this.#stream.publisherId;
  }

  /** Ticks that were handed over and are not known to be settled. */
  get unsettledCount(): number {
    return this.#unsettled.count;
  }

  /** Whether the id nears its end, so that a live feed takes a new publisher. */
  isOld(nowMs: number): boolean {
    return nowMs >= (issueDayOf(this.id) + useDaysMax) * msPerDay;
  }

  /** Hands over 1 to 2,000 ticks, which the caller keeps no more; resolves when there is room for more. */
  async send(rows: readonly TickRow[]): Promise<void> {
    this.#unsettled.settle(this.#stream.settledSequence);
    if (this.#unsettled.isFull) await this.#do((stream) => stream.settled());
    this.#unsettled.settle(this.#stream.settledSequence);
    this.#unsettled.add(rows);
    this.#parts.report.sent(rows.length);
    await this.#do((stream) => stream.send(rows), 'resent');
  }

  /** Says how far quiet instruments are; 1 to 2,000. */
  async progress(instruments: readonly InstrumentProgress[]): Promise<void> {
    for (const each of instruments) this.#progress.set(each.symbol, each);
    await this.#do((stream) => stream.progress(instruments), 'resent');
  }

  /** Says that no tick of these instruments follows; 1 to 2,000. */
  async end(instruments: readonly InstrumentEnd[]): Promise<void> {
    for (const each of instruments) this.#ends.set(each.symbol, each);
    await this.#do((stream) => stream.end(instruments), 'resent');
  }

  /** Resolves when everything that was handed over is settled. */
  async settle(): Promise<void> {
    await this.#do((stream) => stream.settled());
    this.#unsettled.settle(this.#stream.settledSequence);
    this.#progress.clear();
    this.#ends.clear();
  }

  /** Settles everything and lets go of the stream. */
  async close(): Promise<void> {
    await this.settle();
    this.#tellRejected();
    await this.#closeStream();
  }

  /** Lets go of the stream as it is; answers the ticks that may have arrived or not. */
  async abandon(): Promise<readonly TickRow[]> {
    this.#unsettled.settle(this.#stream.settledSequence);
    this.#tellRejected();
    await this.#closeStream();
    return this.#unsettled.abandon();
  }

  /** Does it on the stream, or on the next one; `resent` = a new stream begins with just that, among all unsettled. */
  async #do(action: (stream: FeedStream) => Promise<void>, after?: 'resent'): Promise<void> {
    let again = false;
    for (;;) {
      try {
        if (again) await this.#reopen();
        if (!again || after === undefined) await untilGrace(this.#parts.stop, action(this.#stream));
        if (again) this.#parts.report.logTakes();
        this.#backoff.reset();
        this.#tellRejected();
        return;
      } catch (error) {
        await waitAfter(error, this.#parts, this.#backoff);
        again = true;
      }
    }
  }

  async #reopen(): Promise<void> {
    const { sink, stop } = this.#parts;
    const { publisherId } = this.#stream;
    this.#unsettled.settle(this.#stream.settledSequence);
    this.#tellRejected();
    await this.#closeStream();
    this.#stream = await untilGrace(stop, sink.open({ ...this.#identity, publisherId }));
    this.#rejectedTold = 0;
    for (const batch of this.#unsettled.batches()) await untilGrace(stop, this.#stream.send(batch));
    const perMessageMax = 2_000;
    const progress = [...this.#progress.values()];
    for (let at = 0; at < progress.length; at += perMessageMax) {
      await untilGrace(stop, this.#stream.progress(progress.slice(at, at + perMessageMax)));
    }
    const ends = [...this.#ends.values()];
    for (let at = 0; at < ends.length; at += perMessageMax) {
      await untilGrace(stop, this.#stream.end(ends.slice(at, at + perMessageMax)));
    }
  }

  async #closeStream(): Promise<void> {
    try {
      await untilGrace(this.#parts.stop, this.#stream.close());
    } catch (error) {
      // What is settled is settled, and what is not is sent again or told as a gap: closing adds nothing to it.
      if (remedyOf(error) === 'none' && !(error instanceof GraceOverError)) throw error;
    }
  }

  #tellRejected(): void {
    const { count, first } = this.#stream.rejected;
    if (count <= this.#rejectedTold) return;
    const news = count - this.#rejectedTold;
    this.#rejectedTold = count;
    const example = first === undefined ? '' : `, the first at sequence ${first.sequence}: ${first.message}`;
    this.#parts.report.refused('TICK_REJECTED', `ingest rejected ${news} ticks${example}`, news);
  }
}

async function waitAfter(error: unknown, parts: PublisherParts, backoff: Backoff): Promise<void> {
  const remedy = remedyOf(error);
  const message = error instanceof Error ? error.message : String(error);
  if (remedy === 'new publisher') throw new PublisherExpiredError(message, { cause: error });
  if (remedy === 'none') throw error;
  const waitMs = backoff.nextMs();
  parts.report.logWaits(`the log takes no ticks (${message}); trying again until it does`);
  await parts.clock.sleep(waitMs, parts.stop.graceOver);
  if (parts.stop.graceOver.aborted) throw new GraceOverError(message, { cause: error });
}

/** The promise's answer, or `GraceOverError` if the grace is over first. */
async function untilGrace<Value>({ graceOver }: FeedStop, promise: Promise<Value>): Promise<Value> {
  let onAbort: () => void = () => undefined;
  const over = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(new GraceOverError('the sink settled nothing more in the time that a stop has'));
    if (graceOver.aborted) onAbort();
    else graceOver.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, over]);
  } finally {
    graceOver.removeEventListener('abort', onAbort);
  }
}
