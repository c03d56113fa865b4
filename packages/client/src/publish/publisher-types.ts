/**
 * What a publisher takes and gives. In: addresses, a dataset, bounds. Out: a publisher that keeps the contract's five
 * rules for its user: identity, sequences, links, resends, progress.
 */
import type { ClientTls } from '@tapeline/grpc';
import type { ClientClock, ClientRandom } from '../client-clock.ts';
import type { JournalOptions } from './journal-file.ts';
import type { InstrumentDeclaration, PublishTick, TickTime } from './publish-tick.ts';
import type { UnsettledRange } from './publisher-errors.ts';

/** A tick that ingest refused for good. Ticks beside it went through. */
export type PublishRejection = {
  /** What `publish` answered for it. */
  readonly sequence: number;
  readonly symbol: string;
  /** For programs, such as PRICE_OUT_OF_RANGE. */
  readonly code: string;
  readonly message: string;
  readonly facts: Readonly<Record<string, string>>;
};

/** What a publisher tells as it happens. The calls must not throw. */
export type PublisherListener = {
  /** A tick was refused; told once for each. */
  readonly rejected?: (rejection: PublishRejection) => void;
  /** The stream is open. `resent` ticks, which were taken before, go out now. */
  readonly connected?: (news: {
    readonly address: string;
    readonly publisherId: bigint;
    readonly resent: number;
  }) => void;
  /**
   * The stream is lost, or did not open; it is tried again in `retryMs`. An `error` with the reason CLOCKS_DISAGREE says
   * that ingest refuses an id as expired that is too young for it: nothing is dropped, and clocks are to be set.
   */
  readonly disconnected?: (news: { readonly address: string; readonly error: Error; readonly retryMs: number }) => void;
  /** The id `publisherId` ended and a new one begins. `dropped` ticks were left unsettled, as `expired: 'drop'` asked for. */
  readonly renewed?: (news: { readonly publisherId: bigint; readonly dropped?: UnsettledRange }) => void;
};

/** What a publisher needs. */
export type PublisherOptions = {
  /** Host and port of one ingest, or of several, which are tried in turn. */
  readonly address: string | readonly string[];
  /** Dataset of every tick; 1 to 64 characters. */
  readonly dataset: string;
  /** By which clock its ticks close bars; `live` if absent. */
  readonly timeDomain?: 'live' | 'delayed' | 'replay';
  /** Name of the program, for ingest's log; at most 64 characters. */
  readonly clientName?: string;
  /** What the numbers of instruments mean, where it is not the default; more can be declared later. */
  readonly instruments?: readonly InstrumentDeclaration[];
  /** Survives a restart of this program; see `JournalOptions`. */
  readonly journal?: JournalOptions;
  /**
   * What happens when the id ended with ticks unsettled, which may or may not have arrived: `fail` (the default) ends
   * the publisher with `PublisherExpiredError`; `drop` forgets them, says so, and goes on under a new id.
   */
  readonly expired?: 'fail' | 'drop';
  /**
   * Delayed and replay: `auto` (the default) tells ingest by the ticks' own times that quiet instruments are further,
   * for which ticks of all instruments must come in order of time, `outOfOrderSec` apart at most; `manual` leaves it to
   * `progress`.
   */
  readonly progress?: 'auto' | 'manual';
  /** See `progress`; whole seconds, 0 if absent. */
  readonly outOfOrderSec?: number;
  /** How long a tick waits for others to share its batch, ms; 5 if absent, 0 with a journal. */
  readonly lingerMs?: number;
  /** Ticks in a batch, 1 to 2,000; 2,000 if absent. */
  readonly batchTicksMax?: number;
  /** Ticks that may be unsettled; `publish` waits at this bound. 100,000 if absent; at least twice `batchTicksMax`. */
  readonly unsettledTicksMax?: number;
  readonly listener?: PublisherListener;
  readonly tls?: ClientTls;
  readonly times?: PublisherTimes;
  /** The machine's if absent. */
  readonly clock?: ClientClock;
  /** The machine's if absent. */
  readonly random?: ClientRandom;
};

/** Times of a publisher, ms; the defaults suit nearly everybody. */
export type PublisherTimes = {
  /** How long the first stream may take to open before `connectPublisher` rejects; 30,000. */
  readonly connectMs?: number;
  /** How long one server may take to open a stream before another is tried; 10,000. */
  readonly openMs?: number;
  /** How long nothing may be settled, while something is unsettled, before the stream is given up; 60,000. */
  readonly settleMs?: number;
  /** Waits between tries: the first at most `retryFirstMs`, doubling up to `retryMaxMs`; 100 and 5,000. */
  readonly retryFirstMs?: number;
  readonly retryMaxMs?: number;
  /** How long before its end an id is given up for a new one; 12 hours. */
  readonly renewMs?: number;
};

/** Publishes ticks of one dataset. */
export type Publisher = {
  /** The current id. */
  readonly publisherId: bigint;
  /** Ticks that were taken and are not settled. */
  readonly unsettledTicks: number;
  /**
   * Takes a tick and answers its sequence. Resolves when there is room for it (law 7), with a journal when it is in
   * the journal; not when it is durable at ingest: see `flushed`. Rejects with `TickInvalidError` for a tick that cannot
   * be sent, and with `PublisherFailedError` when the publisher is over, or when more than 10,000 calls wait for room.
   */
  publish(tick: PublishTick): Promise<number>;
  /** Says what an instrument's numbers mean, before its first tick. Throws `TickInvalidError`. */
  declare(instrument: InstrumentDeclaration): void;
  /** Delayed and replay: no tick of any instrument comes that is before this time. */
  progress(time: TickTime): void;
  /** Resolves when everything that was taken is settled: durable, or rejected. Rejects when the publisher fails. */
  flushed(): Promise<void>;
  /**
   * Delayed and replay: nothing follows, so all bars of these ticks may close. Resolves when that is settled. `publish`
   * rejects afterwards.
   */
  end(): Promise<void>;
  /** Waits for `flushed`, at most `graceMs` (30,000 if absent), and closes. What is unsettled stays in a journal. */
  close(graceMs?: number): Promise<void>;
};
