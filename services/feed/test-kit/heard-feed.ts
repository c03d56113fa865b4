/**
 * A feed that a test runs and listens to. In: a feed and a sink. Out: everything it told, its end, and a way to stop it.
 * A test that looks at the end later still sees a failure.
 */
import type { Feed, FeedEnd, FeedListener, FeedSink, FeedStatus } from '@tapeline/domain';

/** What a gap is told with. */
export type HeardGap = Parameters<FeedListener['gap']>[0];

/** A feed under way. */
export class HeardFeed {
  readonly statuses: FeedStatus[] = [];
  readonly gaps: HeardGap[] = [];
  readonly refusals: { readonly code: string; readonly message: string }[] = [];
  /** How the run ended. */
  readonly ended: Promise<FeedEnd>;
  #stop: () => void = () => undefined;

  constructor(feed: Feed, sink: FeedSink) {
    const stop = new Promise<void>((resolve) => {
      this.#stop = resolve;
    });
    const listener: FeedListener = {
      status: (status) => void this.statuses.push(status),
      gap: (gap) => void this.gaps.push(gap),
      refused: (refusal) => void this.refusals.push(refusal),
    };
    this.ended = feed.run(sink, listener, stop);
    void Promise.allSettled([this.ended]);
  }

  /** The states in the order in which they were told, each once where it follows itself. */
  get states(): string[] {
    return this.statuses.map(({ state }) => state).filter((state, at, all) => state !== all[at - 1]);
  }

  /** Asks it to end, and waits until it has. */
  async stop(): Promise<FeedEnd> {
    this.#stop();
    return this.ended;
  }
}
