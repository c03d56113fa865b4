/**
 * What a WebSocket feed knows of its source. In: nothing. Out: the type: where to connect, what to say, and what a text
 * holds. The rest, which is the same for all, is in socket-feed.ts.
 */
import type { UnnumberedRow } from '../publish/unnumbered-row.ts';
import type { FeedReport } from '../publish/feed-report.ts';

/** Hears of what a text holds. */
export type TextSink = {
  /** A tick, in the source's order. */
  readonly tick: (row: UnnumberedRow) => void;
  readonly report: FeedReport;
};

/** One source. */
export type SocketProtocol = {
  /** Name of the feed. */
  readonly name: string;
  readonly dataset: string;
  /** With the key, where there is one. */
  readonly url: string;
  /** For people, without the key. */
  readonly shownUrl: string;
  readonly hello: readonly string[];
  /** Whether its ticks have ids that tell what was missed; if not, every break of the connection is a gap. */
  readonly hasIds: boolean;
  /** Age at which a new connection takes the place of one, ms; absent = none. Needs ids. */
  readonly lifeMs?: number;
  /** Reads one text; `receivedNs` is when it came. */
  read(text: string, receivedNs: bigint, sink: TextSink): void;
};
