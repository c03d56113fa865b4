/**
 * The feeds of one process while they run. In: feeds and the sink they publish into. Out: how each does, for the status
 * page, and how each ended. A feed that cannot go on says so and ends; the market around it goes on.
 */
import {
  type Feed,
  type FeedEnd,
  type FeedSink,
  type FeedStatus,
  type FeedStream,
  FeedStreamError,
} from '@tapeline/domain';
import type { Logger } from '@tapeline/runtime';
import { ReplayRegisterError } from './kept-replays.ts';
import { ReplayError } from './replay/replay-feed.ts';

/** How a feed does. */
export type FeedStanding = {
  readonly name: string;
  readonly state: FeedStatus['state'] | 'failed';
  readonly detail: string;
  /** Ticks handed to ingest in this run of the process, and those of them that ingest rejected. */
  readonly ticks: number;
  readonly rejected: number;
  readonly gaps: number;
  readonly refused: number;
  /** Once it has ended. */
  readonly end?: FeedEnd;
};

const nothingYet = { ticks: 0, rejected: 0, gaps: 0, refused: 0 };

/** The feeds of one process. */
export class FeedRuns {
  readonly #feeds: readonly Feed[];
  readonly #logger: Logger;
  readonly #standings: FeedStanding[];
  readonly #stopping: Promise<void>;
  #stop: () => void = () => undefined;
  #ended: Promise<unknown> = Promise.resolve();

  constructor(feeds: readonly Feed[], logger: Logger) {
    this.#feeds = feeds;
    this.#logger = logger;
    this.#stopping = new Promise((resolve) => {
      this.#stop = resolve;
    });
    this.#standings = feeds.map(({ name }) => ({ name, state: 'connecting', detail: 'starts', ...nothingYet }));
  }

  /** How each does, in the order of the feeds. */
  standings(): readonly FeedStanding[] {
    return [...this.#standings];
  }

  /** Lets all feeds publish. */
  start(sink: FeedSink): void {
    this.#ended = Promise.all(this.#feeds.map((feed, place) => this.#run(feed, place, sink)));
  }

  /** Resolves once every feed has ended, by itself, by `stop`, or because it cannot go on. */
  async ended(): Promise<void> {
    await this.#ended;
  }

  /** Asks all feeds to end, and waits until what they published is settled. */
  async stop(): Promise<void> {
    this.#stop();
    await this.#ended;
  }

  async #run(feed: Feed, place: number, sink: FeedSink): Promise<void> {
    const log = this.#logger.child({ feed: feed.name });
    const change = (changes: Partial<FeedStanding>): void => {
      this.#standings[place] = { ...(this.#standings[place] as FeedStanding), ...changes };
    };
    const streams: FeedStream[] = [];
    let rejectedBefore = 0;
    const countRejected = (): void => {
      change({ rejected: rejectedBefore + streams.reduce((sum, stream) => sum + stream.rejected.count, 0) });
    };
    const counted = countedSink(sink, {
      opened: (stream) => streams.push(stream),
      sent: (ticks) => change({ ticks: (this.#standings[place]?.ticks ?? 0) + ticks }),
      closed: (stream) => {
        const at = streams.indexOf(stream);
        if (at === -1) return;
        // A feed that reconnects for weeks opens many streams: those that ended are kept as a number.
        rejectedBefore += stream.rejected.count;
        streams.splice(at, 1);
        countRejected();
      },
    });
    try {
      const end = await feed.run(
        counted,
        {
          status: ({ state, detail }) => change({ state, detail }),
          // Which gap it was, and what was refused, the feed has logged itself.
          gap: () => change({ gaps: (this.#standings[place]?.gaps ?? 0) + 1 }),
          refused: () => change({ refused: (this.#standings[place]?.refused ?? 0) + 1 }),
        },
        this.#stopping,
      );
      countRejected();
      change({ state: 'ended', end, gaps: end.gaps, refused: end.refused });
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      change({ state: 'failed', detail });
      log.error('a feed cannot go on', isTold(error) ? { reason: detail } : { error });
    }
  }
}

/** Whether the message alone says it all; the place of anything else is of use to whoever mends it. */
function isTold(error: unknown): boolean {
  return [ReplayError, ReplayRegisterError, FeedStreamError].some((kind) => error instanceof kind);
}

type Counting = {
  opened(stream: FeedStream): void;
  sent(ticks: number): void;
  /** Also of a stream that was closed before, or whose close failed. */
  closed(stream: FeedStream): void;
};

/** The sink, with an ear for what goes through it. */
function countedSink(sink: FeedSink, counting: Counting): FeedSink {
  return {
    open: async (identity) => {
      const stream = await sink.open(identity);
      counting.opened(stream);
      return {
        publisherId: stream.publisherId,
        send: async (rows) => {
          await stream.send(rows);
          counting.sent(rows.length);
        },
        progress: (instruments) => stream.progress(instruments),
        end: (instruments) => stream.end(instruments),
        settled: () => stream.settled(),
        get settledSequence() {
          return stream.settledSequence;
        },
        get rejected() {
          return stream.rejected;
        },
        close: async () => {
          try {
            await stream.close();
          } finally {
            counting.closed(stream);
          }
        },
      };
    },
  };
}
