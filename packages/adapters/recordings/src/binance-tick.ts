/**
 * A trade of Binance as a tick. In: the trade as the exchange wrote it, what its symbol's numbers mean, when it was
 * received. Out: the tick, or why its numbers do not fit. The same for recordings and for the live stream.
 */
import { AggressorSide, type InstrumentTerms, Tape, type TickAttributes, TickKind } from '@tapeline/domain';
import type { Refusal } from './batch-builder.ts';
import type { BinanceTrade } from './binance-message.ts';
import { BinanceTerms } from './binance-terms.ts';
import { unitsOf } from './decimal-text.ts';
import { refusalOfUnits } from './number-refusal.ts';
import type { RecordedTick } from './recording.ts';
import { refusalOfSymbol } from './symbol-text.ts';

/** Where Binance's ticks come from unless another name is asked for. */
export const binanceDataset = 'binance-spot';

/** The session calendar of Binance unless another is asked for. */
export const binanceCalendar = '24/7';

/** When a message was received, by the receiver's clock. */
export type ReceiveTime = { readonly receiveSec: number; readonly receiveNano: number };

/** When a tick was, and when it was received. */
export type TickTimes = Pick<Required<RecordedTick>, 'eventSec' | 'eventNano' | 'receiveSec' | 'receiveNano'>;

const usPerSec = 1_000_000;

/** What a symbol's numbers mean where nothing of it was seen before: 8 decimals of price and of size, as Binance writes. */
export function binanceTermsOf(symbol: string): InstrumentTerms {
  return new BinanceTerms(binanceCalendar).termsOf(symbol);
}

/** What all ticks of Binance have in common. */
export function binanceAttributes(kind: TickKind, side: AggressorSide, flags: number): TickAttributes {
  return { kind, venue: 'binance', tape: Tape.unknown, conditions: [], side, flags };
}

const soldByTaker: TickAttributes = binanceAttributes(TickKind.trade, AggressorSide.seller, 0);
const boughtByTaker: TickAttributes = binanceAttributes(TickKind.trade, AggressorSide.buyer, 0);

/** The tick of a trade; `line` is its place in its source, from 1. */
export function binanceTradeTick(
  trade: BinanceTrade,
  { priceExponent, sizeExponent }: InstrumentTerms,
  received: ReceiveTime,
  line: number,
): RecordedTick | Refusal {
  const price = unitsOf(trade.price, -priceExponent);
  const size = unitsOf(trade.size, -sizeExponent);
  const refusal =
    refusalOfSymbol(trade.symbol) ??
    refusalOfUnits('PRICE', 'p (price)', trade.price, price, 1, -priceExponent) ??
    refusalOfUnits('SIZE', 'q (quantity)', trade.size, size, 1, -sizeExponent);
  if (refusal !== undefined) return refusal;
  return {
    kind: TickKind.trade,
    line,
    symbol: trade.symbol,
    ...binanceTimes(trade.eventUs, received),
    price,
    size,
    // The maker waited in the book: if that was the buyer, the seller took.
    attributes: trade.buyerIsMaker ? soldByTaker : boughtByTaker,
    tradeId: trade.tradeId,
  };
}

/** The times of a tick; `eventUs` is microseconds since the Unix epoch. */
export function binanceTimes(eventUs: number, { receiveSec, receiveNano }: ReceiveTime): TickTimes {
  const eventSec = Math.floor(eventUs / usPerSec);
  const eventNano = (eventUs - eventSec * usPerSec) * 1_000;
  return { eventSec, eventNano, receiveSec, receiveNano };
}
