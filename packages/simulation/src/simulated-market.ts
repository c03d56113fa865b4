/**
 * A market that never was, made to hit the rules' edges. In: a seed and traits. Out: ticks in the order in which
 * their sources publish them: trades with equal times, odd sizes, conditions and ids, trades that come late by chance
 * or to the millisecond at an edge, quotes and states; amendments are added by simulated-amendments.ts.
 */
import { TickFlag, TickKind } from '@tapeline/domain';
import {
  type Drafted,
  furthestNs,
  type MarketDesk,
  type MarketTraits,
  priceAndSize,
  tradeAttributes,
} from './market-desk.ts';
import { instantAfter, type MarketTick } from './market-tick.ts';
import type { Random } from './random.ts';
import { amendmentsOf } from './simulated-amendments.ts';

const msNs = 1_000_000;
const idsMax = 999_999;

/** Ticks of the market in the order of publishing; those of one source are in its own order. */
export function simulateMarket(random: Random, traits: MarketTraits): MarketTick[] {
  const ids = new Map<string, number>();
  const firstId = random.int(1, idsMax);
  const desk: MarketDesk = {
    random,
    traits,
    nextId(symbol, venue) {
      if (traits.tradeIds === 'none') return '';
      const counter = traits.tradeIds === 'perVenue' ? `${symbol} ${venue}` : symbol;
      const id = (ids.get(counter) ?? firstId) + 1;
      ids.set(counter, id);
      return id % 7 === 0 ? `T${id}` : String(id);
    },
  };
  const drafted = tradesOf(desk);
  const all = [...drafted, ...amendmentsOf(desk, drafted)];
  return all.toSorted((left, right) => left.publishedNs - right.publishedNs).map(({ tick }) => tick);
}

function tradesOf(desk: MarketDesk): Drafted[] {
  const { random, traits } = desk;
  const drafted: Drafted[] = [];
  const drawn = Array.from({ length: traits.trades }, () => rounded(desk, random.int(0, traits.spanMs * msNs)));
  const times = drawn.toSorted((left, right) => left - right);
  let offsetNs = 0;
  while (drafted.length < traits.trades) {
    if (drafted.length > 0 && random.chance(traits.edges)) {
      drafted.push(...tradesAtEdge(desk, random.choice(drafted)));
      continue;
    }
    const nextNs = times.shift() ?? offsetNs;
    if (drafted.length === 0 || !random.chance(traits.equalTimes)) offsetNs = nextNs;
    const late = random.chance(traits.outOfOrder);
    const delayNs = late ? random.int(0, traits.outOfOrderMsMax) * msNs : 0;
    drafted.push(tradeAt(desk, offsetNs, offsetNs + delayNs));
    if (random.chance(traits.others)) drafted.push(otherAt(desk, offsetNs));
  }
  return drafted;
}

/** A trade that carries its publisher to an edge of an earlier trade's bar, and one for that bar right behind it. */
function tradesAtEdge(desk: MarketDesk, { tick, offsetNs }: Drafted): Drafted[] {
  const { random, traits } = desk;
  const startMs = traits.startSec * 1000;
  const endMs = traits.barEndMs(tick.symbol, startMs + Math.floor(offsetNs / msNs));
  const edgeNs = (endMs - startMs + random.choice(traits.edgesMs) + random.int(-1, 1)) * msNs;
  if (edgeNs < 0 || edgeNs > furthestNs(traits)) return [];
  const beforeNs = random.chance(0.5) ? offsetNs : Math.max(0, (endMs - startMs) * msNs - traits.timeUnitNs);
  const carrier = tradeAt(desk, rounded(desk, edgeNs), edgeNs, tick);
  const probe = tradeAt(desk, rounded(desk, beforeNs), edgeNs, tick);
  return [carrier, probe];
}

function rounded(desk: MarketDesk, ns: number): number {
  return ns - (ns % desk.traits.timeUnitNs);
}

function tradeAt(desk: MarketDesk, offsetNs: number, publishedNs: number, like?: MarketTick): Drafted {
  const { random, traits } = desk;
  const instrument = like ?? random.choice(traits.instruments);
  const attributes = tradeAttributes(desk, TickKind.trade);
  const tick: MarketTick = {
    source: like?.source ?? random.int(0, traits.sources - 1),
    symbol: instrument.symbol,
    terms: instrument.terms,
    ...instantAfter(traits.startSec, offsetNs),
    attributes,
    ...priceAndSize(desk),
    tradeId: random.chance(0.9) ? desk.nextId(instrument.symbol, attributes.venue) : '',
  };
  return { tick, offsetNs, publishedNs };
}

function otherAt(desk: MarketDesk, offsetNs: number): Drafted {
  const { random, traits } = desk;
  const instrument = random.choice(traits.instruments);
  const isQuote = random.chance(0.7);
  const attributes = { ...tradeAttributes(desk, isQuote ? TickKind.quote : TickKind.status), conditions: [], flags: 0 };
  const at = {
    source: random.int(0, traits.sources - 1),
    ...instrument,
    ...instantAfter(traits.startSec, offsetNs),
    price: 0,
    size: 0,
    tradeId: '',
  };
  const tick: MarketTick = isQuote
    ? { ...at, attributes: { ...attributes, flags: TickFlag.quoteBid }, quote: { bidPrice: 9_990, bidSize: 100 } }
    : { ...at, attributes, tradingState: 1 };
  return { tick, offsetNs, publishedNs: offsetNs };
}
