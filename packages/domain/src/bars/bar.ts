/**
 * A bar as the fold puts it out. In: nothing. Out: the type that every consumer reads; the wire form is `Bar` of
 * proto/tapeline/v1/market.proto. Law 5: same log prefix and fold version, same bar, byte for byte.
 */
import type { ProfileName } from '../conditions/profile.ts';
import type { SessionName } from '../sessions/session-calendar.ts';

/** `forming` while its time runs, `closed` once, `revised` when an event was applied after it had closed. */
export type BarState = 'forming' | 'closed' | 'revised';

/** Where in the log a revision was decided: offsets compare within one epoch of the instrument. */
export type LogPosition = { readonly partition: number; readonly epoch: number; readonly offset: number };

/** One revision of one bar of one instrument, interval and profile; half-open, `[startSec, endSec)` by event time. */
export type Bar = {
  readonly dataset: string;
  readonly symbol: string;
  /** Name of the interval, such as `1m`. */
  readonly interval: string;
  readonly profile: ProfileName;
  /** Whole seconds since the Unix epoch, UTC. */
  readonly startSec: number;
  readonly endSec: number;
  /** Trading date as days since 1970-01-01, in the calendar's zone. */
  readonly tradingDate: number;
  /** The session in which the bar starts. */
  readonly session: SessionName;
  /** Integers in units of 10^priceExponent; `null` where no trade was eligible. Open and close go together, so do high and low. */
  readonly open: number | null;
  readonly high: number | null;
  readonly low: number | null;
  readonly close: number | null;
  /** Sum of sizes of the volume-eligible trades, in units of 10^sizeExponent. */
  readonly volume: bigint;
  /** Exact sum of price times size over the same trades, in units of 10^(priceExponent + sizeExponent). */
  readonly notional: bigint;
  /** How many trades `volume` counts. */
  readonly trades: number;
  /** Events applied to the bar, its closing being one; the higher revision wins. */
  readonly revision: number;
  readonly foldVersion: number;
  readonly state: BarState;
  readonly position: LogPosition;
  readonly priceExponent: number;
  readonly sizeExponent: number;
};
