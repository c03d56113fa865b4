/**
 * One line of a Binance recording. In: the receive time in nanoseconds, a space, the message as it came. Out: a trade,
 * a quote, what else it is, or why it cannot be read. Streams `<symbol>@trade` and `<symbol>@bookTicker`, bare or
 * wrapped as a combined stream, also as they come from the exchange now; field names are those of Binance's WebSocket streams.
 */
import type { Refusal } from './batch-builder.ts';
import { clipped } from './clipped-text.ts';

/** A trade as the exchange wrote it, numbers still text. */
export type BinanceTrade = {
  readonly what: 'trade';
  readonly symbol: string;
  readonly price: string;
  readonly size: string;
  readonly tradeId: string;
  /** Microseconds since the Unix epoch. */
  readonly eventUs: number;
  readonly buyerIsMaker: boolean;
};

/** The best bid and ask as the exchange wrote them; only futures streams say when. */
export type BinanceQuote = {
  readonly what: 'quote';
  readonly symbol: string;
  readonly bidPrice: string;
  readonly bidSize: string;
  readonly askPrice: string;
  readonly askSize: string;
  readonly updateId: number;
  readonly eventUs: number | undefined;
};

/** A message that holds no tick; `label` says what it is. */
export type BinanceOther = { readonly what: 'other'; readonly label: string };

/** What a message holds. */
export type BinanceMessage = BinanceTrade | BinanceQuote | BinanceOther;

/** A line: when the recorder received it, by its own clock, and what it holds. */
export type BinanceLine = {
  readonly receiveSec: number;
  readonly receiveNano: number;
  readonly message: BinanceMessage;
};

/** Whether text begins like a line of such a recording. */
export function isBinanceLine(text: string): boolean {
  return /^\d{19} [{[]/.test(text);
}

/** Reads one line. `isLast`: no line feed follows it, so what cannot be read was probably cut off. */
export function readBinanceLine(text: string, isLast: boolean): BinanceLine | Refusal {
  if (!isBinanceLine(text)) {
    return malformed(isLast, 'does not begin with a receive time of 19 digits (nanoseconds), a space and a message');
  }
  const message = readBinanceMessage(text.slice(20));
  if (message === undefined) return malformed(isLast, 'has a message that is no JSON');
  if ('code' in message) return message;
  return { receiveSec: Number(text.slice(0, 10)), receiveNano: Number(text.slice(10, 19)), message };
}

/** Reads one message as the exchange sends it; `undefined` if it is no JSON. */
export function readBinanceMessage(text: string): BinanceMessage | Refusal | undefined {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
  return messageOf(data);
}

function malformed(isLast: boolean, what: string): Refusal {
  if (isLast) {
    const message = `the line ${what} and is the file's last, so the recording was cut off here; take the line out or record again`;
    return { code: 'LINE_TRUNCATED', message };
  }
  return { code: 'MESSAGE_MALFORMED', message: `the line ${what}; correct it or take it out` };
}

type JsonObject = { readonly [key: string]: unknown };

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function messageOf(json: unknown): BinanceMessage | Refusal {
  if (!isJsonObject(json)) return { what: 'other', label: 'message that is no object' };
  const stream = typeof json['stream'] === 'string' ? json['stream'] : '';
  const data = isJsonObject(json['data']) ? json['data'] : json;
  const type = typeof data['e'] === 'string' ? data['e'] : '';
  if (type === 'trade') return tradeOf(data);
  // Spot's bookTicker has no type of its own; its stream's name is the only sign of it.
  if (type === 'bookTicker' || (type === '' && stream.endsWith('@bookTicker'))) return quoteOf(data);
  const label = type !== '' ? type : stream.slice(stream.indexOf('@') + 1);
  return { what: 'other', label: label === '' ? 'message without a type' : label.slice(0, 40) };
}

function tradeOf(data: JsonObject): BinanceTrade | Refusal {
  const { s: symbol, p: price, q: size, t: tradeId, T: time, m: buyerIsMaker } = data;
  if (typeof symbol !== 'string') return fieldRefusal('trade', 's (symbol)', symbol, 'text');
  if (typeof price !== 'string') return fieldRefusal('trade', 'p (price)', price, 'decimal text');
  if (typeof size !== 'string') return fieldRefusal('trade', 'q (quantity)', size, 'decimal text');
  if (!isWhole(tradeId)) return fieldRefusal('trade', 't (trade id)', tradeId, 'a whole number');
  if (!isTime(time)) return fieldRefusal('trade', 'T (trade time)', time, 'milliseconds or microseconds since 1970');
  if (typeof buyerIsMaker !== 'boolean')
    return fieldRefusal('trade', 'm (buyer is maker)', buyerIsMaker, 'true or false');
  return { what: 'trade', symbol, price, size, tradeId: String(tradeId), eventUs: microsecondsOf(time), buyerIsMaker };
}

function quoteOf(data: JsonObject): BinanceQuote | Refusal {
  const { s: symbol, u: updateId, T: time, b: bidPrice, B: bidSize, a: askPrice, A: askSize } = data;
  if (typeof symbol !== 'string') return fieldRefusal('bookTicker', 's (symbol)', symbol, 'text');
  if (!isWhole(updateId)) return fieldRefusal('bookTicker', 'u (update id)', updateId, 'a whole number');
  if (typeof bidPrice !== 'string') return fieldRefusal('bookTicker', 'b (bid price)', bidPrice, 'decimal text');
  if (typeof bidSize !== 'string') return fieldRefusal('bookTicker', 'B (bid quantity)', bidSize, 'decimal text');
  if (typeof askPrice !== 'string') return fieldRefusal('bookTicker', 'a (ask price)', askPrice, 'decimal text');
  if (typeof askSize !== 'string') return fieldRefusal('bookTicker', 'A (ask quantity)', askSize, 'decimal text');
  const eventUs = isTime(time) ? microsecondsOf(time) : undefined;
  return { what: 'quote', symbol, bidPrice, bidSize, askPrice, askSize, updateId, eventUs };
}

function fieldRefusal(what: string, field: string, value: unknown, expected: string): Refusal {
  const shown = value === undefined ? 'is missing' : `is ${clipped(JSON.stringify(value))}`;
  const message = `field ${field} of a ${what} message ${shown} and not ${expected}; correct the line or take it out`;
  return { code: 'MESSAGE_MALFORMED', message };
}

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** Streams asked for with timeUnit=MICROSECOND have microseconds; every millisecond until the year 5138 is less. */
const microsecondsMin = 100_000_000_000_000;

function isTime(value: unknown): value is number {
  return isWhole(value) && value > 0;
}

function microsecondsOf(time: number): number {
  return time >= microsecondsMin ? time : time * 1_000;
}
