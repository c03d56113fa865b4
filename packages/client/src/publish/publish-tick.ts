/**
 * Ticks as a program gives them. In: nothing. Out: types that take decimals as text, or as integers with an exponent, and
 * times in the forms that programs have. Law 6: a binary fraction is no price, so a plain `number` is not taken.
 */

/** A decimal: text such as `150.25`, or units of 10^exponent, exponent -18 to 18. */
export type Decimal = string | { readonly units: bigint | number; readonly exponent: number };

/** A time: RFC 3339 with a zone, ns since the Unix epoch (bigint, or digits alone), or a `Date`, which has whole ms. */
export type TickTime = Date | bigint | string;

/** Tapes of the US consolidated system. */
export type TapeName = 'a' | 'b' | 'c';

/** What a trade says. */
export type TradeFacts = {
  readonly price: Decimal;
  /** Above 0. */
  readonly size: Decimal;
  /** The venue's id of the trade; a cancel or correction can name it. 1 to 64 characters. */
  readonly id?: string;
  /** Who took liquidity. */
  readonly side?: 'buyer' | 'seller';
};

/** The trade that is taken back or replaced: by what `publish` answered for it, or by its id. */
export type OriginalTrade = { readonly sequence: number } | { readonly id: string };

/** One side of a quote. */
export type QuoteFacts = { readonly price: Decimal; readonly size?: Decimal };

/** Trading states by name. */
export type TradingStateName =
  | 'pre-open'
  | 'quoting'
  | 'auction'
  | 'trading'
  | 'paused'
  | 'halted'
  | 'suspended'
  | 'closed';

/** What every tick has. */
export type TickFacts = {
  /** As its dataset writes it; 1 to 64 characters. */
  readonly symbol: string;
  /** When it happened at the venue; it decides the bar. */
  readonly time: TickTime;
  /** Market centre; at most 64 characters. */
  readonly venue?: string;
  readonly tape?: TapeName;
  /** Condition codes, at most 16 of at most 16 characters. */
  readonly conditions?: readonly string[];
  /** The venue's own sequence, 0 to 2^53 - 1. It plays no part in identity. */
  readonly venueSequence?: number;
  /** When this program received it; ingest's time if absent. */
  readonly receiveTime?: TickTime;
  /** The source itself doubts it. */
  readonly suspicious?: boolean;
};

/** One tick to publish. */
export type PublishTick = TickFacts &
  (
    | { readonly trade: TradeFacts }
    | { readonly cancel: OriginalTrade }
    | { readonly correction: OriginalTrade & { readonly trade: TradeFacts; readonly time?: TickTime } }
    | { readonly quote: { readonly bid?: QuoteFacts; readonly ask?: QuoteFacts } }
    | { readonly status: TradingStateName }
  );

/** What an instrument's numbers mean. It never changes once a tick of the instrument was taken. */
export type InstrumentDeclaration = {
  readonly symbol: string;
  /** One unit of price is 10^priceExponent; -18 to 0; -9 if absent. */
  readonly priceExponent?: number;
  /** One unit of size is 10^sizeExponent; -18 to 0; 0, whole shares, if absent. */
  readonly sizeExponent?: number;
  /** Name of its calendar, such as XNYS; 24/7 if absent. */
  readonly calendar?: string;
  /** ISO 4217 code or a coin's ticker. */
  readonly currency?: string;
  /** Smallest price step, such as `0.01`. */
  readonly tickSize?: Decimal;
};
