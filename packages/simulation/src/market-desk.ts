/**
 * What the makers of simulated ticks share. In: a seed and traits. Out: the traits' type, and prices, sizes and
 * attributes as such a market would have them: near each other, so that ties and equal prices occur.
 */
import { AggressorSide, Tape, type TickAttributes, TickFlag, type TickKind } from '@tapeline/domain';
import type { MarketTick, SimulatedInstrument } from './market-tick.ts';
import type { Random } from './random.ts';

/** What the market is like. Chances are 0 to 1. */
export type MarketTraits = {
  readonly instruments: readonly SimulatedInstrument[];
  /** How many publishers share the ticks. */
  readonly sources: number;
  /** Begin of the day's ticks, whole seconds since the Unix epoch. */
  readonly startSec: number;
  /** Event times lie within so many ms from the start, but for edges and amendments. */
  readonly spanMs: number;
  readonly trades: number;
  /** Event times are multiples of so many ns. */
  readonly timeUnitNs: number;
  /** Chance that a trade has the event time of the one before. */
  readonly equalTimes: number;
  /** Chance that a trade is published after trades of later event times, and by how much at most, ms. */
  readonly outOfOrder: number;
  readonly outOfOrderMsMax: number;
  /** Chance that a trade stands `edgesMs` after a bar's end, a ms less or more, with one for that bar right behind it. */
  readonly edges: number;
  readonly edgesMs: readonly number[];
  /** The end of the finest bar at a time, ms since the Unix epoch. */
  barEndMs(symbol: string, ms: number): number;
  /** Chance that a trade has conditions. */
  readonly conditions: number;
  /** Whether trades have ids, and whether an id is unique only on its venue. */
  readonly tradeIds: 'none' | 'unique' | 'perVenue';
  /** Chance that a trade is amended, by a chain of up to three cancels and corrections. */
  readonly amendments: number;
  /** Chance that a correction names another event time. */
  readonly moves: number;
  /** Chance that an amendment comes of which no trade exists, for each trade. */
  readonly unmatched: number;
  /** Chance of a quote or state beside a trade. */
  readonly others: number;
  /** Whether prices and sizes reach up to 2^53, so that sums and products go beyond. */
  readonly large: boolean;
};

/** A tick and its place in the order of publishing, ns from the start. */
export type Drafted = { readonly tick: MarketTick; readonly offsetNs: number; readonly publishedNs: number };

/** What the makers of ticks have in common: chance, traits, the next id by instrument and venue. */
export type MarketDesk = {
  readonly random: Random;
  readonly traits: MarketTraits;
  nextId(symbol: string, venue: string): string;
};

const conditionSets: readonly (readonly string[])[] = [
  ['@'],
  ['F'],
  ['F', 'I'],
  ['I'],
  ['T'],
  ['U'],
  ['W'],
  ['B'],
  ['C'],
  ['H'],
  ['O'],
  ['6'],
  ['L'],
  ['V'],
  ['7'],
  ['E'],
  ['Z'],
  ['4'],
  ['P'],
  ['G'],
  ['R'],
  ['Z', 'I'],
  ['@', 'F', 'Z'],
  ['M'],
  ['Q'],
  ['9'],
  ['UNHEARD_OF'],
];
const conditionalSets: readonly (readonly string[])[] = [['Z'], ['4'], ['P'], ['G'], ['R']];

const msNs = 1_000_000;
const hourNs = 3_600_000 * msNs;

/** No event time lies further from the start, ns: with spans up to 30 hours so few dates as the fold keeps the firsts of. */
export function furthestNs(traits: Pick<MarketTraits, 'spanMs'>): number {
  return traits.spanMs * msNs + 36 * hourNs;
}

/** A price and a size in units, mostly near each other, so that equal prices and ties occur. */
export function priceAndSize(desk: MarketDesk): { price: number; size: number } {
  const { random, traits } = desk;
  if (traits.large && random.chance(0.5)) {
    return { price: random.int(1, Number.MAX_SAFE_INTEGER), size: random.int(1, Number.MAX_SAFE_INTEGER) };
  }
  return { price: 10_000 + random.int(-9, 9), size: random.chance(0.3) ? random.int(1, 99) : 100 * random.int(1, 5) };
}

/** What a trade or an amendment is sold under. */
export function tradeAttributes(desk: MarketDesk, kind: TickKind): TickAttributes {
  const { random, traits } = desk;
  const sets = random.chance(0.4) ? conditionalSets : conditionSets;
  return {
    kind,
    venue: random.choice(['N', 'Q']),
    tape: random.choice([Tape.unknown, Tape.a, Tape.b, Tape.c]),
    conditions: random.chance(traits.conditions) ? random.choice(sets) : [],
    side: random.choice([AggressorSide.unknown, AggressorSide.buyer, AggressorSide.seller]),
    flags: random.chance(0.1) ? TickFlag.suspicious : 0,
  };
}
