/**
 * Messages of Finnhub's trade stream. In: the text as it came. Out: ticks, or why a part of it cannot be used. Prices and
 * sizes are numbers of JSON and are read from their digits, never through a binary fraction (law 6). Finnhub gives no
 * ids, and its condition codes are its own: they are kept as FINNHUB_n, which no rule of the tapes takes for its own.
 */
import { AggressorSide, type InstrumentTerms, Tape, type TickAttributes, TickKind } from '@tapeline/domain';
import { clipped, type Refusal, refusalOfSymbol, refusalOfUnits, unitsOf } from '@tapeline/recordings';
import type { UnnumberedRow } from '../publish/unnumbered-row.ts';

/** What a message holds. */
export type FinnhubMessage =
  | { readonly what: 'trades'; readonly rows: readonly UnnumberedRow[]; readonly refused: readonly Refusal[] }
  | { readonly what: 'ping' }
  /** Finnhub complains, such as about a key or a symbol. */
  | { readonly what: 'error'; readonly message: string }
  | { readonly what: 'unreadable'; readonly refusal: Refusal };

/** Shares: sub-penny prices and parts of shares have six decimals at most. */
const shareTerms: InstrumentTerms = {
  priceExponent: -6,
  sizeExponent: -6,
  calendar: '24/7',
  currency: 'USD',
  tickSize: 0,
};
/** What names an exchange in front, such as BINANCE:BTCUSDT: coins and currencies, with eight decimals. */
const coinTerms: InstrumentTerms = { priceExponent: -8, sizeExponent: -8, calendar: '24/7', currency: '', tickSize: 0 };

const conditionsMax = 16;
const attributesMax = 10_000;
const msPerDay = 86_400_000;
const lastMs = 2_932_896 * msPerDay;

/** What a symbol's numbers mean; the same in every run. */
export function finnhubTermsOf(symbol: string): InstrumentTerms {
  return symbol.includes(':') ? coinTerms : shareTerms;
}

/** Reads messages; keeps one object for each combination of conditions, 10,000 at most. */
export class FinnhubReader {
  readonly #attributes = new Map<string, TickAttributes>();

  /** Reads one message, received at `receivedNs` (ns since the Unix epoch). */
  read(text: string, receivedNs: bigint): FinnhubMessage {
    let json: unknown;
    try {
      json = JSON.parse(text, digitsOfNumbers as (key: string, value: unknown) => unknown);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return unreadable(`a message is no JSON: ${clipped(text)}`);
    }
    if (!isRecord(json)) return unreadable(`a message is no object: ${clipped(text)}`);
    const { type, data, msg } = json;
    if (type === 'ping') return { what: 'ping' };
    if (type === 'error')
      return { what: 'error', message: typeof msg === 'string' ? msg.slice(0, 200) : 'no reason given' };
    if (type !== 'trade')
      return unreadable(`a message has the type ${clipped(String(type))}, known are trade, ping, error`);
    if (!Array.isArray(data)) return unreadable('a trade message has no list of trades in data');
    const rows: UnnumberedRow[] = [];
    const refused: Refusal[] = [];
    for (const entry of data as readonly unknown[]) {
      const row = this.#rowOf(entry, receivedNs);
      if ('code' in row) refused.push(row);
      else rows.push(row);
    }
    return { what: 'trades', rows, refused };
  }

  #rowOf(entry: unknown, receivedNs: bigint): UnnumberedRow | Refusal {
    if (!isRecord(entry)) return refusal('a trade is no object');
    const { s: symbol, p, t, v, c } = entry;
    if (typeof symbol !== 'string') return refusal('field s (symbol) of a trade is no text');
    const [price, time, size] = [p, t, v].map(digitsOf);
    if (price === undefined) return refusal(`field p (price) of a trade of ${clipped(symbol)} is no number`);
    if (size === undefined) return refusal(`field v (volume) of a trade of ${clipped(symbol)} is no number`);
    const timeMs = unitsOf(time ?? '', 0);
    if (!(timeMs > 0 && timeMs <= lastMs)) {
      return refusal(`field t (time) of a trade of ${clipped(symbol)} is not milliseconds since 1970`);
    }
    const conditions = conditionsOf(c);
    if (conditions === undefined) {
      return refusal(
        `field c (conditions) of a trade of ${clipped(symbol)} is no list of up to ${conditionsMax} codes`,
      );
    }
    const terms = finnhubTermsOf(symbol);
    const priceUnits = unitsOf(price, -terms.priceExponent);
    const sizeUnits = unitsOf(size, -terms.sizeExponent);
    const unfit =
      refusalOfSymbol(symbol) ??
      refusalOfUnits('PRICE', 'p (price)', price, priceUnits, 1, -terms.priceExponent) ??
      refusalOfUnits('SIZE', 'v (volume)', size, sizeUnits, 1, -terms.sizeExponent);
    if (unfit !== undefined) return unfit;
    const eventSec = Math.floor(timeMs / 1_000);
    return {
      symbol,
      terms,
      sequence: 0,
      link: 0,
      eventSec,
      eventNano: (timeMs - eventSec * 1_000) * 1_000_000,
      attributes: this.#attributesOf(conditions),
      price: priceUnits,
      size: sizeUnits,
      receiveDelayNs: Number(receivedNs - BigInt(timeMs) * 1_000_000n),
    };
  }

  #attributesOf(conditions: readonly string[]): TickAttributes {
    const key = conditions.join(' ');
    const known = this.#attributes.get(key);
    if (known !== undefined) return known;
    const side = AggressorSide.unknown;
    const made = { kind: TickKind.trade, venue: 'finnhub', tape: Tape.unknown, conditions, side, flags: 0 };
    if (this.#attributes.size < attributesMax) this.#attributes.set(key, made);
    return made;
  }
}

/** A number as it was written. */
type Digits = { readonly digits: string };

function digitsOfNumbers(_key: string, value: unknown, context: { readonly source?: string }): unknown {
  return typeof value === 'number' ? { digits: context.source ?? '' } : value;
}

function digitsOf(value: unknown): string | undefined {
  return isRecord(value) && typeof value['digits'] === 'string' ? (value as Digits).digits : undefined;
}

function conditionsOf(value: unknown): readonly string[] | undefined {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value) || value.length > conditionsMax) return undefined;
  const codes = value.map((code: unknown) => (typeof code === 'string' ? code : (digitsOf(code) ?? '')));
  return codes.every((code) => /^[0-9A-Za-z]{1,8}$/.test(code)) ? codes.map((code) => `FINNHUB_${code}`) : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refusal(message: string): Refusal {
  return { code: 'MESSAGE_MALFORMED', message: `${message}; it is passed over` };
}

function unreadable(message: string): FinnhubMessage {
  return { what: 'unreadable', refusal: refusal(message) };
}
