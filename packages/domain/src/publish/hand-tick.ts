/**
 * Ticks as a person writes them. In: a tick with decimals and times as text, and its instrument's terms. Out: a draft,
 * or the first reason against it.
 */
import { TickFlag, TickKind } from '../market/tick.ts';
import type { AttributeCache } from './attribute-cache.ts';
import type { DraftTick } from './draft-tick.ts';
import { handTime, handUnits } from './hand-number.ts';
import type { Instant } from './instant.ts';
import { type Rejection, rejection } from './refusal.ts';

/** A trade by hand; see `HandTrade` of the contract. */
export type HandTrade = {
  readonly price: string;
  readonly size: string;
  readonly tradeId: string;
  /** A number of `AggressorSide`. */
  readonly aggressorSide: number;
};

/** A tick by hand; see `HandTick` of the contract. */
export type HandTick = {
  readonly symbol: string;
  readonly eventTime: string;
  readonly venue: string;
  readonly tape: number;
  readonly conditions: readonly string[];
  readonly tick?:
    | { readonly $case: 'trade'; readonly value: HandTrade }
    | { readonly $case: 'cancel'; readonly value: { readonly originalTradeId: string } }
    | { readonly $case: 'correction'; readonly value: HandCorrection }
    | { readonly $case: 'quote'; readonly value: HandQuote }
    | { readonly $case: 'status'; readonly value: number }
    | undefined;
};

/** A correction by hand; see `HandCorrection` of the contract. */
export type HandCorrection = {
  readonly originalTradeId: string;
  readonly trade?: HandTrade | undefined;
  readonly correctedEventTime: string;
};

/** A best bid and offer by hand; see `HandQuote` of the contract. */
export type HandQuote = {
  readonly bidPrice: string;
  readonly bidSize: string;
  readonly askPrice: string;
  readonly askSize: string;
};

/** Fills the draft, whose terms are settled; `now` is when ingest took the call. */
export function fillHandTick(
  draft: DraftTick,
  hand: HandTick,
  now: Instant,
  cache: AttributeCache,
): Rejection | undefined {
  const time = hand.eventTime === '' ? now : handTime(hand.eventTime, 'event_time');
  if ('code' in time) return time;
  draft.eventSec = time.sec;
  draft.eventNano = time.nano;
  const { tick } = hand;
  switch (tick?.$case) {
    case 'trade':
      setAttributes(draft, hand, cache, TickKind.trade, tick.value.aggressorSide, 0);
      return fillTrade(draft, tick.value, 'trade');
    case 'cancel':
      setAttributes(draft, hand, cache, TickKind.cancel, 0, 0);
      draft.original = { sequence: 0, tradeId: tick.value.originalTradeId };
      return undefined;
    case 'correction':
      setAttributes(draft, hand, cache, TickKind.correction, tick.value.trade?.aggressorSide ?? 0, 0);
      return fillCorrection(draft, tick.value);
    case 'quote':
      return fillQuote(draft, hand, tick.value, cache);
    case 'status':
      setAttributes(draft, hand, cache, TickKind.status, 0, 0);
      draft.tradingState = tick.value;
      return undefined;
    case undefined:
      return missing('tick', 'set one of trade, cancel, correction, quote and status');
  }
}

function setAttributes(
  draft: DraftTick,
  { venue, tape, conditions }: HandTick,
  cache: AttributeCache,
  kind: number,
  side: number,
  flags: number,
): void {
  draft.attributes = cache.of(kind, venue, tape, conditions, side, flags);
}

function fillTrade(draft: DraftTick, trade: HandTrade, field: string): Rejection | undefined {
  const { priceExponent, sizeExponent } = draft.terms;
  const price = handUnits(trade.price, { what: 'PRICE', field: `${field}.price`, exponent: priceExponent });
  if (typeof price !== 'number') return price;
  const size = handUnits(trade.size, { what: 'SIZE', field: `${field}.size`, exponent: sizeExponent }, 1);
  if (typeof size !== 'number') return size;
  draft.price = price;
  draft.size = size;
  if (trade.tradeId !== '') draft.tradeId = trade.tradeId;
  return undefined;
}

function fillCorrection(draft: DraftTick, correction: HandCorrection): Rejection | undefined {
  const { originalTradeId: tradeId, trade, correctedEventTime } = correction;
  if (trade === undefined) return missing('correction.trade', 'give the trade as it should have been');
  draft.original = { sequence: 0, tradeId };
  if (correctedEventTime !== '') {
    const corrected = handTime(correctedEventTime, 'correction.corrected_event_time');
    if ('code' in corrected) return corrected;
    draft.original = { sequence: 0, tradeId, correctedSec: corrected.sec, correctedNano: corrected.nano };
  }
  return fillTrade(draft, trade, 'correction.trade');
}

function fillQuote(draft: DraftTick, hand: HandTick, quote: HandQuote, cache: AttributeCache): Rejection | undefined {
  const bid = sideOf(draft, quote.bidPrice, quote.bidSize, 'bid');
  if (bid !== undefined && 'code' in bid) return bid;
  const ask = sideOf(draft, quote.askPrice, quote.askSize, 'ask');
  if (ask !== undefined && 'code' in ask) return ask;
  const flags = (bid === undefined ? 0 : TickFlag.quoteBid) | (ask === undefined ? 0 : TickFlag.quoteAsk);
  setAttributes(draft, hand, cache, TickKind.quote, 0, flags);
  draft.quote = {
    ...(bid === undefined ? undefined : { bidPrice: bid.price, bidSize: bid.size }),
    ...(ask === undefined ? undefined : { askPrice: ask.price, askSize: ask.size }),
  };
  return undefined;
}

function sideOf(
  { terms }: DraftTick,
  priceText: string,
  sizeText: string,
  side: 'bid' | 'ask',
): { price: number; size: number } | Rejection | undefined {
  if (priceText === '') {
    if (sizeText === '') return undefined;
    return missing(
      `quote.${side}_price`,
      `${side}_size is given, and a side without a price is none: give both or none`,
    );
  }
  const price = handUnits(priceText, { what: 'PRICE', field: `quote.${side}_price`, exponent: terms.priceExponent });
  if (typeof price !== 'number') return price;
  if (sizeText === '') return { price, size: 0 };
  const size = handUnits(sizeText, { what: 'SIZE', field: `quote.${side}_size`, exponent: terms.sizeExponent });
  return typeof size === 'number' ? { price, size } : size;
}

function missing(field: string, remedy: string): Rejection {
  return rejection('FIELD_INVALID', `${field} is missing; ${remedy}`, { field, value: '' });
}
