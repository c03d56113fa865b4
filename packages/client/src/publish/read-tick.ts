/**
 * A tick as a program gives it, checked. In: the tick and the terms of its instrument. Out: a row without identity, or
 * `TickInvalidError`: whatever passes here ingest does not refuse a whole stream for. Nothing is rounded (law 6).
 */
import {
  AggressorSide,
  checkName,
  handTime,
  handUnits,
  type InstrumentTerms,
  PublishRefusedError,
  TickFlag,
  TickKind,
  type TickRow,
} from '@tapeline/domain';
import type { AttributeBook } from './attribute-book.ts';
import { TickInvalidError } from './publisher-errors.ts';
import type { Decimal, OriginalTrade, PublishTick, QuoteFacts, TickTime, TradeFacts } from './publish-tick.ts';

/** A row that has no identity yet. */
export type TickDraft = Omit<TickRow, 'sequence' | 'link'>;

type Instant = { readonly sec: number; readonly nano: number };

const tradingStates = ['pre-open', 'quoting', 'auction', 'trading', 'paused', 'halted', 'suspended', 'closed'];
const sideOf = { buyer: AggressorSide.buyer, seller: AggressorSide.seller } as const;

/** Reads a tick. Throws `TickInvalidError`. */
export function readTick(tick: PublishTick, terms: InstrumentTerms, book: AttributeBook): TickDraft {
  checkSymbol(tick.symbol);
  const at = instantOf(tick.time, 'time');
  const common = {
    symbol: tick.symbol,
    terms,
    eventSec: at.sec,
    eventNano: at.nano,
    price: 0,
    size: 0,
    ...(tick.venueSequence === undefined ? {} : { venueSequence: wholeNumber(tick.venueSequence, 'venueSequence') }),
    ...(tick.receiveTime === undefined
      ? {}
      : { receiveDelayNs: delayNs(at, instantOf(tick.receiveTime, 'receiveTime')) }),
  };
  if ('trade' in tick) {
    const attributes = book.of(tick, TickKind.trade, sideOfTrade(tick.trade));
    return { ...common, ...tradeFields(tick.trade, terms, 'trade'), attributes };
  }
  if ('cancel' in tick) {
    const original = { ...originalOf(tick.cancel, 'cancel') };
    return { ...common, original, attributes: book.of(tick, TickKind.cancel) };
  }
  if ('correction' in tick) {
    const { trade, time } = tick.correction;
    const corrected = time === undefined ? undefined : instantOf(time, 'correction.time');
    const original = {
      ...originalOf(tick.correction, 'correction'),
      ...(corrected === undefined ? {} : { correctedSec: corrected.sec, correctedNano: corrected.nano }),
    };
    const attributes = book.of(tick, TickKind.correction, sideOfTrade(trade));
    return { ...common, ...tradeFields(trade, terms, 'correction.trade'), original, attributes };
  }
  if ('quote' in tick) return { ...common, ...quoteFields(tick, terms, book) };
  const tradingState = tradingStates.indexOf(tick.status) + 1;
  if (tradingState === 0) {
    throw invalid('status', String(tick.status), `is no state of trading; give one of ${tradingStates.join(', ')}`);
  }
  return { ...common, tradingState, attributes: book.of(tick, TickKind.status) };
}

/** Units of 10^`exponent` of a decimal; `min` is the least. Throws `TickInvalidError`. */
export function unitsOf(value: Decimal, what: 'PRICE' | 'SIZE', field: string, exponent: number, min: number): number {
  const text = typeof value === 'string' ? value : textOfUnits(value, field);
  const units = handUnits(text, { what, field, exponent }, min);
  if (typeof units === 'number') return units;
  throw new TickInvalidError(units.code, units.message, units.facts);
}

function textOfUnits(value: unknown, field: string): string {
  if (typeof value !== 'object' || value === null || !('units' in value) || !('exponent' in value)) {
    const remedy = "is no decimal; give text such as '150.25', or { units, exponent }: a binary fraction is not exact";
    throw invalid(field, String(value), remedy);
  }
  const { units, exponent } = value;
  const isWhole = typeof units === 'bigint' || (typeof units === 'number' && Number.isSafeInteger(units));
  if (!isWhole || typeof exponent !== 'number' || !Number.isInteger(exponent) || Math.abs(exponent) > 18) {
    const remedy = 'has no whole units or no exponent from -18 to 18';
    throw invalid(field, `${String(units)}e${String(exponent)}`, remedy);
  }
  const [sign, digits] = units < 0 ? ['-', String(units).slice(1)] : ['', String(units)];
  if (exponent >= 0) return `${sign}${digits}${'0'.repeat(exponent)}`;
  const padded = digits.padStart(1 - exponent, '0');
  const fraction = padded.slice(exponent).replace(/0+$/, '');
  return `${sign}${padded.slice(0, exponent)}${fraction === '' ? '' : `.${fraction}`}`;
}

function tradeFields(
  trade: TradeFacts,
  terms: InstrumentTerms,
  field: string,
): Pick<TickDraft, 'price' | 'size' | 'tradeId'> {
  const price = unitsOf(trade.price, 'PRICE', `${field}.price`, terms.priceExponent, 0);
  const size = unitsOf(trade.size, 'SIZE', `${field}.size`, terms.sizeExponent, 1);
  return { price, size, ...(trade.id === undefined ? {} : { tradeId: shortText(trade.id, `${field}.id`) }) };
}

function sideOfTrade({ side }: TradeFacts): AggressorSide {
  if (side === undefined) return AggressorSide.unknown;
  const number: AggressorSide | undefined = sideOf[side];
  if (number === undefined) throw invalid('side', String(side), 'is no side; give buyer or seller, or leave it out');
  return number;
}

function originalOf(original: OriginalTrade, field: string): { sequence: number; tradeId: string } {
  if ('id' in original) return { sequence: 0, tradeId: shortText(original.id, `${field}.id`) };
  const sequence = wholeNumber(original.sequence, `${field}.sequence`);
  if (sequence === 0)
    throw invalid(`${field}.sequence`, '0', 'is no sequence; give what publish answered for the trade');
  return { sequence, tradeId: '' };
}

function quoteFields(
  tick: PublishTick & { readonly quote: { readonly bid?: QuoteFacts; readonly ask?: QuoteFacts } },
  terms: InstrumentTerms,
  book: AttributeBook,
): Pick<TickDraft, 'quote' | 'attributes'> {
  const { bid, ask } = tick.quote;
  const flags = (bid === undefined ? 0 : TickFlag.quoteBid) | (ask === undefined ? 0 : TickFlag.quoteAsk);
  const price = (side: QuoteFacts, name: string): number =>
    unitsOf(side.price, 'PRICE', `quote.${name}.price`, terms.priceExponent, 0);
  const size = (side: QuoteFacts, name: string): number =>
    side.size === undefined ? 0 : unitsOf(side.size, 'SIZE', `quote.${name}.size`, terms.sizeExponent, 0);
  return {
    quote: {
      ...(bid === undefined ? {} : { bidPrice: price(bid, 'bid'), bidSize: size(bid, 'bid') }),
      ...(ask === undefined ? {} : { askPrice: price(ask, 'ask'), askSize: size(ask, 'ask') }),
    },
    attributes: book.of(tick, TickKind.quote, AggressorSide.unknown, flags),
  };
}

function checkSymbol(symbol: string): void {
  try {
    checkName('symbol', symbol);
  } catch (error) {
    if (!(error instanceof PublishRefusedError)) throw error;
    throw new TickInvalidError(error.reason, error.message, error.facts, { cause: error });
  }
}

/** Seconds and nanoseconds of a time. Throws `TickInvalidError`. */
export function instantOf(time: TickTime, field: string): Instant {
  if (time instanceof Date) {
    const ms = time.getTime();
    if (!(ms >= 0)) throw invalid(field, String(ms), 'is no time from 1970 on; give a valid Date');
    return { sec: Math.floor(ms / 1_000), nano: (ms % 1_000) * 1_000_000 };
  }
  const instant = handTime(typeof time === 'bigint' ? String(time) : time, field);
  if ('code' in instant) throw new TickInvalidError(instant.code, instant.message, instant.facts);
  return instant;
}

function delayNs(from: Instant, to: Instant): number {
  const delay = (to.sec - from.sec) * 1_000_000_000 + (to.nano - from.nano);
  if (Number.isSafeInteger(delay)) return delay;
  throw invalid('receiveTime', String(to.sec), 'is more than 104 days from time; leave it out');
}

function wholeNumber(value: number, field: string): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw invalid(field, String(value), 'is no whole number from 0 to 2^53 - 1');
}

function shortText(text: string, field: string): string {
  const characters = [...text].length;
  if (characters >= 1 && characters <= 64) return text;
  throw invalid(field, text, `has ${characters} characters; give 1 to 64`);
}

function invalid(field: string, value: string, problem: string): TickInvalidError {
  return new TickInvalidError('FIELD_INVALID', `${field} ${JSON.stringify(value)} ${problem}`, { field, value });
}
