/**
 * The vocabulary of one tick: its kind and what many ticks have in common. In: nothing. Out: types and the numbers
 * that stand for them in log records (proto/tapeline/v1/log.proto, market.proto); they never change.
 */

/** Kinds of tick, numbered as `TickKind` of the contract. */
export const TickKind = { trade: 1, cancel: 2, correction: 3, quote: 4, status: 5 } as const;
export type TickKind = (typeof TickKind)[keyof typeof TickKind];

/** Tapes of the US consolidated system, numbered as `Tape` of the contract: A NYSE, B regional (CTA), C Nasdaq (UTP). */
export const Tape = { unknown: 0, a: 1, b: 2, c: 3 } as const;
export type Tape = (typeof Tape)[keyof typeof Tape];

/** Who took liquidity, numbered as `AggressorSide` of the contract. */
export const AggressorSide = { unknown: 0, buyer: 1, seller: 2 } as const;
export type AggressorSide = (typeof AggressorSide)[keyof typeof AggressorSide];

/** Bits of `TickAttributes.flags`, as `TickFlag` of the contract. */
export const TickFlag = { suspicious: 1, quoteBid: 2, quoteAsk: 4 } as const;

/** What many ticks have in common; one entry of a block's dictionary. */
export type TickAttributes = {
  readonly kind: TickKind;
  /** Market centre as its tape names it; empty = unknown. */
  readonly venue: string;
  readonly tape: Tape;
  /** Sale condition codes, in the order of the tape. */
  readonly conditions: readonly string[];
  readonly side: AggressorSide;
  /** Bits of `TickFlag`. */
  readonly flags: number;
};

/** What an instrument's numbers mean; see `InstrumentTerms` of the contract. */
export type InstrumentTerms = {
  /** One unit of price is 10^priceExponent; -18 to 0. */
  readonly priceExponent: number;
  /** One unit of size is 10^sizeExponent; -18 to 0. */
  readonly sizeExponent: number;
  /** Name of the session calendar, such as XNYS or 24/7. */
  readonly calendar: string;
  /** ISO 4217 code or a coin's ticker; empty = unknown. */
  readonly currency: string;
  /** Smallest price step in units of price; 0 = unknown. */
  readonly tickSize: number;
};
