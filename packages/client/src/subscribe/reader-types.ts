/**
 * What readers take and give. In: addresses, a selection. Out: bars and trades in the forms that the HTTP interface has:
 * times in RFC 3339, exact decimals as text.
 */
import type { BarJson } from '@tapeline/domain';
import type { ClientTls } from '@tapeline/grpc';
import type { ClientClock, ClientRandom } from '../client-clock.ts';
import type { TickTime } from '../publish/publish-tick.ts';

/** Where to read, and by which clock. */
export type ReaderOptions = {
  /** Host and port of one query process, or of several, which are tried in turn. */
  readonly address: string | readonly string[];
  readonly tls?: ClientTls;
  /** Ends the reading. */
  readonly signal?: AbortSignal;
  readonly times?: ReaderTimes;
  /** The machine's if absent. */
  readonly clock?: ClientClock;
  /** The machine's if absent. */
  readonly random?: ClientRandom;
};

/** Times of a reader, ms; the defaults suit nearly everybody. */
export type ReaderTimes = {
  /** Waits between tries: the first at most `retryFirstMs`, doubling up to `retryMaxMs`; 100 and 5,000. */
  readonly retryFirstMs?: number;
  readonly retryMaxMs?: number;
  /** How long a stream may be silent before it is opened anew; 15,000: a heartbeat comes every 5 s. */
  readonly silenceMs?: number;
};

/** One symbol of one dataset. */
export type InstrumentName = { readonly dataset: string; readonly symbol: string };

/** An instrument and what its numbers mean. */
export type ListedInstrument = InstrumentName & {
  readonly priceExponent: number;
  readonly sizeExponent: number;
  /** Smallest price step as a decimal; `null` if it is not known. */
  readonly tickSize: string | null;
  readonly currency: string;
  readonly calendar: string;
};

/** A revision of a bar. */
export type ClientBar = BarJson & {
  readonly foldVersion: number;
  readonly session: 'pre' | 'regular' | 'post' | 'closed';
};

/** Between two tries: nothing is lost, and the same reading goes on. */
export type Interruption = { readonly kind: 'disconnected'; readonly error: Error; readonly retryMs: number };

/** The resume token was too old: what follows is a fresh snapshot, and what happened in between may be missing from it. */
export type Restart = { readonly kind: 'restarted'; readonly message: string };

/** What a stream of bars tells, in its order. */
export type BarEvent =
  /** `isSnapshot`: history, or what was missed, up to the next `snapshotEnd`. */
  | { readonly kind: 'bars'; readonly bars: readonly ClientBar[]; readonly isSnapshot: boolean }
  | { readonly kind: 'snapshotEnd'; readonly resumeToken: string }
  /** Every bar of this interval that ends at or before `end` came as closed, live ticks given. */
  | { readonly kind: 'bucketEnd'; readonly interval: string; readonly end: string }
  /** What the log took before `watermark` is in what came. */
  | { readonly kind: 'heartbeat'; readonly watermark: string; readonly resumeToken: string }
  | Interruption
  | Restart;

/** Which bars to follow. */
export type BarSubscription = ReaderOptions & {
  /** 1 to 1,000. */
  readonly instruments: readonly InstrumentName[];
  /** Such as `1m`; 1 to 16. */
  readonly intervals: readonly string[];
  /** Such as `sip`; `all` if absent. */
  readonly profiles?: readonly string[];
  /** The snapshot begins here; the last closed bar of each if absent. */
  readonly start?: TickTime;
  /** Also bars whose time runs. */
  readonly includeForming?: boolean;
  /** Goes on from here, without a snapshot. */
  readonly resumeToken?: string;
};

/** Which bars to read. */
export type BarRange = ReaderOptions & {
  readonly instrument: InstrumentName;
  readonly interval: string;
  /** `all` if absent. */
  readonly profile?: string;
  readonly start?: TickTime;
  /** Bars that start before this. */
  readonly end?: TickTime;
  readonly includeForming?: boolean;
  readonly newestFirst?: boolean;
};

/** An entry of an instrument's tape. */
export type TapeTick = InstrumentName & {
  /** In the tape of its instrument, from 1. */
  readonly number: number;
  readonly publisherId: bigint;
  readonly sequence: number;
  readonly kind: 'trade' | 'cancel' | 'correction';
  readonly time: string;
  readonly venue: string;
  /** `null` for a cancel. */
  readonly price: string | null;
  readonly size: string | null;
  readonly conditions: readonly string[];
  /** The venue's id; empty = none. */
  readonly id: string;
  /** The trade that a cancel or correction names: its sequence, or its id. */
  readonly original: { readonly sequence: number } | { readonly id: string } | null;
  /** It stands among the late ones and changed no bar. */
  readonly late: boolean;
  readonly outOfOrder: boolean;
};

/** What a stream of trades tells, in its order. */
export type TradeEvent =
  | { readonly kind: 'ticks'; readonly ticks: readonly TapeTick[]; readonly isSnapshot: boolean }
  | { readonly kind: 'snapshotEnd'; readonly resumeToken: string }
  | { readonly kind: 'heartbeat'; readonly watermark: string; readonly resumeToken: string }
  | Interruption
  | Restart;

/** Which trades to follow. */
export type TradeSubscription = ReaderOptions & {
  /** 1 to 1,000. */
  readonly instruments: readonly InstrumentName[];
  /** The snapshot begins here; there is none if absent. */
  readonly start?: TickTime;
  readonly resumeToken?: string;
};

/** Which trades to read. */
export type TradeRange = ReaderOptions & {
  readonly instrument: InstrumentName;
  readonly start?: TickTime;
  readonly end?: TickTime;
  /** `amended` (the default): as they stand now. `published`: trades, cancels and corrections each by itself. */
  readonly view?: 'amended' | 'published';
  readonly newestFirst?: boolean;
};

/** Which instruments to list. */
export type InstrumentSelection = ReaderOptions & {
  readonly dataset?: string;
  readonly symbolPrefix?: string;
};
