/**
 * What the numbers of a Binance recording mean. In: every price and size of the file, once. Out: the terms of each
 * symbol. Binance writes 8 decimals whatever a market needs; a market whose sizes do not fit into 2^53 with 8 decimals
 * (coins traded by the billion) takes as many as its numbers use.
 */
import type { InstrumentTerms } from '@tapeline/domain';
import { DecimalChoice } from './decimal-choice.ts';
import { neededDecimalsOf } from './decimal-text.ts';

/** Decimals of a market whose numbers fit; the exponent is minus this. */
export const binanceDecimals = 8;

/** Trades below which the prices of a file do not tell the tick size. */
const tickSizeTradesMin = 100;

/** Coins and currencies that markets are quoted in, longer names before those they end with. */
const quoteCurrencies: readonly string[] = (
  'FDUSD USDT USDC BUSD TUSD USDP BIDR IDRT DAI BTC ETH BNB XRP TRX ' +
  'DOGE EUR GBP AUD TRY BRL RUB UAH ZAR JPY MXN ARS PLN RON USD'
).split(' ');

/** Gathers the needs of every symbol of a file. */
export class BinanceTerms {
  readonly #calendar: string;
  readonly #symbols = new Map<
    string,
    { readonly price: DecimalChoice; readonly size: DecimalChoice; trades: number }
  >();
  /** Worked out at the first question, forgotten at the next note. */
  readonly #terms = new Map<string, InstrumentTerms>();

  constructor(calendar: string) {
    this.#calendar = calendar;
  }

  /** How many symbols were noted. */
  get symbolCount(): number {
    return this.#symbols.size;
  }

  /** The symbols, in the order in which they came. */
  symbols(): IterableIterator<string> {
    return this.#symbols.keys();
  }

  /** Notes one price with its size. */
  note(symbol: string, price: string, size: string): void {
    let needs = this.#symbols.get(symbol);
    if (needs === undefined) {
      needs = { price: new DecimalChoice(), size: new DecimalChoice(), trades: 0 };
      this.#symbols.set(symbol, needs);
    }
    needs.price.note(price, neededDecimalsOf(price));
    needs.size.note(size, neededDecimalsOf(size));
    needs.trades += 1;
    this.#terms.delete(symbol);
  }

  /** The terms of a symbol; the defaults for one that was not noted. */
  termsOf(symbol: string): InstrumentTerms {
    const known = this.#terms.get(symbol);
    if (known !== undefined) return known;
    const terms = this.#workOut(symbol);
    if (this.#symbols.has(symbol)) this.#terms.set(symbol, terms);
    return terms;
  }

  #workOut(symbol: string): InstrumentTerms {
    const needs = this.#symbols.get(symbol);
    const priceDecimals = needs?.price.chosen(binanceDecimals) ?? binanceDecimals;
    const sizeDecimals = needs?.size.chosen(binanceDecimals) ?? binanceDecimals;
    const tellsTickSize = needs !== undefined && needs.trades >= tickSizeTradesMin;
    return {
      // `0 - x`, because minus zero is another value to a strict comparison.
      priceExponent: 0 - priceDecimals,
      sizeExponent: 0 - sizeDecimals,
      calendar: this.#calendar,
      currency: quoteCurrencies.find((currency) => symbol.length > currency.length && symbol.endsWith(currency)) ?? '',
      tickSize: tellsTickSize ? 10 ** (priceDecimals - needs.price.mostNeeded(priceDecimals)) : 0,
    };
  }
}
