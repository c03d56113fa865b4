/**
 * What a simulated source says before it has an identity. In: nothing. Out: the type of a tick of the simulated market,
 * and how event times are written. Units are the instrument's, as in `TickRow`; identity comes with publishing.
 */
import type { InstrumentTerms, QuoteSides, TickAttributes } from '@tapeline/domain';

/** A name of the market and what its numbers mean. */
export type SimulatedInstrument = { readonly symbol: string; readonly terms: InstrumentTerms };

/** Which trade a cancel or correction amends. */
export type Amends = {
  /** The trade, or a correction of it, named by its sequence; absent = named by `tradeId`, or by a sequence of no tick. */
  readonly trade?: MarketTick;
  /** The id by which it is named; empty = by sequence. */
  readonly tradeId: string;
  readonly correctedSec?: number;
  readonly correctedNano?: number;
};

/** A tick as its source knows it. `source` is the 0-based index of who publishes it. */
export type MarketTick = {
  readonly source: number;
  readonly symbol: string;
  readonly terms: InstrumentTerms;
  readonly eventSec: number;
  readonly eventNano: number;
  readonly attributes: TickAttributes;
  readonly price: number;
  readonly size: number;
  /** Empty = none. */
  readonly tradeId: string;
  readonly amends?: Amends;
  readonly quote?: QuoteSides;
  readonly tradingState?: number;
};

const nsPerSec = 1_000_000_000;

/** The instant `offsetNs` after a whole second, `offsetNs` being 0 or more and below 2^53. */
export function instantAfter(startSec: number, offsetNs: number): { eventSec: number; eventNano: number } {
  const sec = Math.floor(offsetNs / nsPerSec);
  return { eventSec: startSec + sec, eventNano: offsetNs - sec * nsPerSec };
}

/** Event time in ms since the Unix epoch, rounded down. */
export function eventMsOf(tick: { readonly eventSec: number; readonly eventNano: number }): number {
  return tick.eventSec * 1000 + Math.floor(tick.eventNano / 1_000_000);
}
