/**
 * The instruments of the simulated exchange. In: nothing. Out: made-up companies with a price level, a volatility, a
 * spread and a share of the activity; no symbol stands for a real one. Shares fall by Zipf's law, as on real tapes.
 */
import { type InstrumentTerms, Tape } from '@tapeline/domain';

/** One instrument. */
export type Listing = {
  readonly symbol: string;
  readonly tape: Tape;
  /** Venue that holds its auctions. */
  readonly homeVenue: string;
  /** Price around which it moves, cents. */
  readonly priceCents: number;
  /** Standard deviation of a day's return. */
  readonly volatility: number;
  /** Usual spread, cents. */
  readonly spreadCents: number;
  /** Share of the exchange's ticks; all shares add up to about 1. */
  readonly share: number;
};

/** Prices have four decimals, because trades between bid and ask happen at half cents; the tick size is a cent. */
export const simulatedTerms: InstrumentTerms = {
  priceExponent: -4,
  sizeExponent: 0,
  calendar: '24/7',
  currency: 'USD',
  tickSize: 100,
};

/** Units of price in a cent. */
export const unitsPerCent = 100;

const facts: readonly (readonly [
  symbol: string,
  tape: 'a' | 'b' | 'c',
  price: number,
  volatility: number,
  spread: number,
])[] = [
  ['ORBIT', 'c', 48_215, 0.021, 2],
  ['HELIO', 'c', 21_340, 0.034, 2],
  ['ACORN', 'a', 9_876, 0.014, 1],
  ['MAPLE', 'b', 52_490, 0.009, 1],
  ['BRINE', 'a', 3_412, 0.025, 1],
  ['KOALA', 'c', 12_655, 0.029, 1],
  ['FJORD', 'a', 17_720, 0.012, 1],
  ['DRIFT', 'c', 1_538, 0.045, 1],
  ['NORTH', 'a', 6_104, 0.013, 1],
  ['COMET', 'c', 87_330, 0.026, 9],
  ['GROVE', 'a', 4_467, 0.016, 1],
  ['JUMBO', 'b', 29_815, 0.011, 2],
  ['EMBER', 'c', 842, 0.052, 1],
  ['LOTUS', 'a', 14_093, 0.018, 3],
  ['PRISM', 'c', 33_781, 0.031, 6],
  ['IGLOO', 'a', 2_256, 0.02, 2],
];

const zipfExponent = 0.9;
const weights = facts.map((_, rank) => (rank + 1) ** -zipfExponent);
const weightSum = weights.reduce((sum, weight) => sum + weight, 0);

/** All of them, the busiest first. */
export const listings: readonly Listing[] = facts.map(([symbol, tape, priceCents, volatility, spreadCents], rank) => ({
  symbol,
  tape: Tape[tape],
  homeVenue: tape === 'a' ? 'N' : tape === 'b' ? 'P' : 'Q',
  priceCents,
  volatility,
  spreadCents,
  share: (weights[rank] ?? 0) / weightSum,
}));

/** Their symbols. */
export const listingSymbols: readonly string[] = listings.map(({ symbol }) => symbol);
