/**
 * Publishing from the process itself. In: rows of feeds. Out: the same path as over gRPC, with the same rules, bounds
 * and errors, but no messages. Calls of a stream take effect in the order in which they were made.
 */
import {
  type FeedIdentity,
  type FeedSink,
  type FeedStream,
  identityOfOpen,
  type InstrumentProgress,
  publisherDrawBits,
  type PublisherIdentity,
  type RejectedTick,
  type TakeContext,
  type Taken,
  type PublishStream,
  type ReachedInstrument,
  type TickRow,
} from '@tapeline/domain';
import { Bell } from './bell.ts';
import type { IngestCore } from './ingest-core.ts';
import { feedErrorOf } from './ingest-refusal.ts';
import { OpenStream } from './open-stream.ts';

/** The sink of one ingest. */
export function feedSinkOf(core: IngestCore): FeedSink {
  return {
    open: async (identity) => {
      try {
        await core.placing.ready();
        return new ProcessStream(publisherFor(identity, core), identity.dataset, core);
      } catch (error) {
        throw feedErrorOf(error);
      }
    },
  };
}

function publisherFor(identity: FeedIdentity, core: IngestCore): PublisherIdentity {
  const { clock, random } = core.parts;
  const { dataset, timeDomain, clientName, publisherId = 0n, sourceDigest } = identity;
  const open = { publisherId, timeDomain, dataset, clientName };
  const draw = (): bigint => sourceDigest ?? random.bits(publisherDrawBits);
  return identityOfOpen(open, clock.nowMs(), draw);
}

class ProcessStream implements FeedStream {
  readonly publisherId: bigint;
  readonly #stream: OpenStream;
  readonly #core: IngestCore;
  #rejectedCount = 0;
  #firstRejected: { readonly sequence: number; readonly message: string } | undefined;
  /** Ends when the calls before are done. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor({ publisherId, timeDomain }: PublisherIdentity, dataset: string, core: IngestCore) {
    this.publisherId = publisherId;
    this.#core = core;
    const tell = (rejected: RejectedTick): void => this.#reject(rejected);
    this.#stream = new OpenStream({ publisherId, timeDomain, dataset }, core, tell);
  }

  get settledSequence(): number {
    return this.#stream.ack.sequence;
  }

  get rejected(): FeedStream['rejected'] {
    const count = this.#rejectedCount;
    return this.#firstRejected === undefined ? { count } : { count, first: this.#firstRejected };
  }

  async send(rows: readonly TickRow[]): Promise<void> {
    await this.#take((stream, context) => stream.takeTicks(rows, context));
    this.#core.metrics.batch('process');
  }

  async progress(instruments: readonly InstrumentProgress[]): Promise<void> {
    await this.#take((stream, context) => stream.takeProgress(instruments, context));
  }

  async end(instruments: readonly ReachedInstrument[]): Promise<void> {
    await this.#take((stream, context) => stream.takeEnd(instruments, context));
  }

  async settled(): Promise<void> {
    await this.#inTurn(() => this.#stream.settleAll());
  }

  async close(): Promise<void> {
    try {
      // What failed was told to whoever sent it, and closing settles nothing of it.
      if (this.#stream.failure === undefined) await this.settled();
    } finally {
      this.#stream.leave();
    }
  }

  async #take(take: (stream: PublishStream, context: TakeContext) => Taken): Promise<void> {
    await this.#inTurn(() => this.#stream.take(take));
  }

  /** Does it after the calls before; with an error the stream is over. */
  async #inTurn(action: () => Promise<unknown>): Promise<void> {
    const before = this.#turn;
    const over = new Bell();
    this.#turn = over.heard();
    await before;
    try {
      await action();
    } catch (error) {
      const failure = feedErrorOf(error);
      if (failure instanceof Error) this.#stream.end(failure);
      throw failure;
    } finally {
      over.ring();
    }
  }

  #reject({ sequence, rejection }: RejectedTick): void {
    this.#rejectedCount += 1;
    this.#firstRejected ??= { sequence, message: rejection.message };
  }
}
