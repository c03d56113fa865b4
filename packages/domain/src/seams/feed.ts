/**
 * The seam to sources of ticks. In: nothing. Out: the types that every feed and everything that takes a feed's ticks
 * implements; tests/conformance holds the suite that each feed passes. Law 3: a feed gives every tick an identity that
 * it can give again, or takes a new publisher; law 8: what it knows to have missed, it marks.
 */
import type { InstrumentProgress } from '../log/log-record.ts';
import type { TickRow } from '../log/tick-block-encode.ts';
import type { TimeDomain } from '../log/tick-columns.ts';

/** Under which identity a feed publishes. */
export type FeedIdentity = {
  /** 1 to 64 characters. */
  readonly dataset: string;
  readonly timeDomain: TimeDomain;
  /**
   * A digest of a source that can be read again from the top: the same digest, domain and UTC day give the same
   * publisher. Absent = a new publisher.
   */
  readonly sourceDigest?: bigint;
  /**
   * The publisher of a stream that failed: what it had not settled is sent again under its identities, from the oldest
   * on. It goes before `sourceDigest`. The stream is refused with PUBLISHER_EXPIRED once the id is too old.
   */
  readonly publisherId?: bigint;
  /** Name of the feed, for logs. */
  readonly clientName: string;
};

/** One publisher's way into ingest, in this process or over gRPC. Its calls reject with `FeedStreamError`. */
export type FeedStream = {
  readonly publisherId: bigint;
  /**
   * Hands over ticks in the publisher's order: all sequences above those handed over before, links as the contract
   * says. 1 to 2,000 rows. Resolves when there is room for more, not when they are durable.
   */
  send(rows: readonly TickRow[]): Promise<void>;
  /** Delayed and replay publishers: how far quiet instruments are. */
  progress(instruments: readonly InstrumentProgress[]): Promise<void>;
  /** Delayed and replay publishers: no tick of these instruments follows. */
  end(instruments: readonly { readonly symbol: string; readonly link: number }[]): Promise<void>;
  /** Resolves when everything handed over is settled: durable, or rejected. */
  settled(): Promise<void>;
  /** Every tick handed over with this sequence or a lower one is settled; 0 = none yet. */
  readonly settledSequence: number;
  /** Ticks that were rejected so far, and the first of them, for people. */
  readonly rejected: {
    readonly count: number;
    readonly first?: { readonly sequence: number; readonly message: string };
  };
  close(): Promise<void>;
};

/** What feeds publish into. */
export type FeedSink = { open(identity: FeedIdentity): Promise<FeedStream> };

/** A stream that cannot go on; the message says what to do. A feed opens a new stream, and a new publisher if it must. */
export class FeedStreamError extends Error {
  override name = 'FeedStreamError';
  /** The reason of the contract, such as LOG_UNAVAILABLE. */
  readonly reason: string;

  constructor(reason: string, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.reason = reason;
  }
}

/** How a feed is doing: told as it changes. */
export type FeedStatus = {
  readonly state: 'connecting' | 'live' | 'waiting' | 'ended';
  /** For people: what it does, or why it waits and until when. */
  readonly detail: string;
};

/** What a feed tells while it runs. */
export type FeedListener = {
  status(status: FeedStatus): void;
  /** Ticks that the feed knows to have missed, or cannot rule out to have missed: a break of the connection. */
  gap(gap: { readonly dataset: string; readonly fromNs: bigint; readonly toNs: bigint; readonly reason: string }): void;
  /** A message or line that could not be used; counted, and told with its reason. */
  refused(refusal: { readonly code: string; readonly message: string }): void;
};

/** How a feed ended. */
export type FeedEnd = { readonly ticks: number; readonly refused: number; readonly gaps: number };

/** A source of ticks. */
export type Feed = {
  /** `simulator`, `replay`, `finnhub`, `binance`. */
  readonly name: string;
  /**
   * Publishes until its source ends or `stop` resolves, and resolves once everything is settled. Rejects only if it
   * cannot go on at all, with a message that says what to do.
   */
  run(sink: FeedSink, listener: FeedListener, stop: Promise<void>): Promise<FeedEnd>;
};
