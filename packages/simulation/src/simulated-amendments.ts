/**
 * Cancels and corrections of the simulated market. In: trades. Out: chains of one to three amendments of some of them:
 * before their trade, twice, by sequence or id, by the id or the sequence of a correction, by another publisher, into
 * another bar, under other conditions; and some of trades that nobody made.
 */
import { TickKind } from '@tapeline/domain';
import { type Drafted, furthestNs, type MarketDesk, priceAndSize, tradeAttributes } from './market-desk.ts';
import { type Amends, instantAfter, type MarketTick } from './market-tick.ts';

const msNs = 1_000_000;

/** Amendments of the trades, with their places in the order of publishing. */
export function amendmentsOf(desk: MarketDesk, drafted: readonly Drafted[]): Drafted[] {
  const { random, traits } = desk;
  const amendments: Drafted[] = [];
  for (const trade of drafted) {
    if (trade.tick.attributes.kind !== TickKind.trade) continue;
    if (random.chance(traits.amendments)) amendments.push(...chainOf(desk, trade));
    if (random.chance(traits.unmatched)) amendments.push(unmatchedOf(desk, trade));
  }
  return amendments;
}

function chainOf(desk: MarketDesk, trade: Drafted): Drafted[] {
  const { random } = desk;
  const names = trade.tick.tradeId === '' ? [] : [trade.tick.tradeId];
  const length = random.choice([1, 1, 2, 3]);
  const ticks = [trade.tick];
  const chain: Drafted[] = [];
  for (let place = 0; place < length; place += 1) {
    const amendment = amendmentOf(desk, trade, names, ticks);
    chain.push(amendment);
    if (amendment.tick.attributes.kind === TickKind.correction) ticks.push(amendment.tick);
    if (amendment.tick.tradeId !== '') names.push(amendment.tick.tradeId);
  }
  return chain;
}

/** One amendment that names the trade by one of its ids, or by itself or one of its corrections. */
function amendmentOf(
  desk: MarketDesk,
  trade: Drafted,
  names: readonly string[],
  ticks: readonly MarketTick[],
): Drafted {
  const { random, traits } = desk;
  const byId = names.length > 0 && random.chance(0.5);
  const kind = random.chance(0.5) ? TickKind.cancel : TickKind.correction;
  // What is named by its sequence is of the same publisher.
  const named = ticks.length > 1 ? random.choice(ticks) : trade.tick;
  const barNs = barMsOf(desk, trade) * msNs;
  const offsetNs = near(desk, trade.offsetNs, barNs);
  const amends: Amends = {
    ...(byId ? {} : { trade: named }),
    tradeId: byId ? random.choice(names) : '',
    ...(kind === TickKind.correction && random.chance(traits.moves) ? movedTo(desk, trade.offsetNs, barNs) : {}),
  };
  // Cancels may reach the publisher before the trade that they name.
  const publishedNs = random.chance(0.2)
    ? trade.publishedNs - random.int(0, barNs)
    : Math.max(offsetNs, trade.publishedNs);
  const source = byId ? random.int(0, traits.sources - 1) : named.source;
  const tick = amendingTick(desk, trade.tick, { kind, source, offsetNs, amends });
  return { tick, offsetNs, publishedNs };
}

function amendingTick(
  desk: MarketDesk,
  trade: MarketTick,
  about: { kind: TickKind; source: number; offsetNs: number; amends: Amends },
): MarketTick {
  const { random, traits } = desk;
  const { symbol, terms } = trade;
  const corrects = about.kind === TickKind.correction;
  const namesVenue = traits.tradeIds === 'perVenue' || random.chance(0.5);
  return {
    source: about.source,
    symbol,
    terms,
    ...instantAfter(traits.startSec, about.offsetNs),
    attributes: { ...tradeAttributes(desk, about.kind), venue: namesVenue ? trade.attributes.venue : '' },
    ...(corrects ? priceAndSize(desk) : { price: 0, size: 0 }),
    tradeId: corrects && random.chance(0.5) ? desk.nextId(symbol, trade.attributes.venue) : '',
    amends: about.amends,
  };
}

function unmatchedOf(desk: MarketDesk, trade: Drafted): Drafted {
  const { random } = desk;
  const kind = random.chance(0.5) ? TickKind.cancel : TickKind.correction;
  const amends = { tradeId: random.chance(0.5) ? 'of no trade' : '' };
  const tick = amendingTick(desk, trade.tick, { kind, source: trade.tick.source, offsetNs: trade.offsetNs, amends });
  return { tick, offsetNs: trade.offsetNs, publishedNs: trade.publishedNs };
}

/** How long the finest bar of the trade still runs, with a little more, ms. */
function barMsOf(desk: MarketDesk, trade: Drafted): number {
  const ms = desk.traits.startSec * 1000 + Math.floor(trade.offsetNs / msNs);
  return desk.traits.barEndMs(trade.tick.symbol, ms) - ms + 1;
}

/** The same instant, one of the same bar, or one some bars away, mostly later. */
function near(desk: MarketDesk, offsetNs: number, barNs: number): number {
  const { random, traits } = desk;
  const bars = random.choice([0, 0, 1, 1, 3, -1]);
  const ns = Math.min(furthestNs(traits), Math.max(0, offsetNs + bars * random.int(0, barNs)));
  return ns - (ns % traits.timeUnitNs);
}

function movedTo(desk: MarketDesk, offsetNs: number, barNs: number): { correctedSec: number; correctedNano: number } {
  const { eventSec, eventNano } = instantAfter(desk.traits.startSec, near(desk, offsetNs, 4 * barNs));
  return { correctedSec: eventSec, correctedNano: eventNano };
}
