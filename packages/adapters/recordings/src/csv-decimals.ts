/**
 * How many decimals the prices and sizes of each symbol get. In: every price and size of CSV files. Out: decimals by
 * symbol; as many as are written, where that fits (decimal-choice.ts).
 */
import { DecimalChoice } from './decimal-choice.ts';
import { decimalsOf } from './decimal-text.ts';

/** Decimals of a symbol's prices and sizes. */
export type SymbolDecimals = { readonly price: number; readonly size: number };

/** Decimals of a symbol whose numbers have fewer, or none at all: cents, and whole units. */
export const decimalsLeast: SymbolDecimals = { price: 2, size: 0 };

type SymbolNumbers = {
  readonly price: DecimalChoice;
  readonly size: DecimalChoice;
  least: SymbolDecimals;
  /** Worked out at the first question, forgotten at the next note. */
  chosen: SymbolDecimals | undefined;
};

/** Decimals by symbol, of one file or of several that are read together. */
export class CsvDecimals {
  readonly #symbols = new Map<string, SymbolNumbers>();

  /** How many symbols there are. */
  get symbolCount(): number {
    return this.#symbols.size;
  }

  /** Notes the text of a price and a size; empty text, and text that is no number, says nothing. */
  note(symbol: string, priceText: string, sizeText: string): void {
    const numbers = this.#numbersOf(symbol);
    numbers.price.note(priceText, decimalsOf(priceText));
    numbers.size.note(sizeText, decimalsOf(sizeText));
    numbers.chosen = undefined;
  }

  /** Asks for at least these decimals, such as another recording of the symbol has; numbers that need fewer go first. */
  widen(symbol: string, least: SymbolDecimals): void {
    const numbers = this.#numbersOf(symbol);
    const { price, size } = numbers.least;
    numbers.least = { price: Math.max(price, least.price), size: Math.max(size, least.size) };
    numbers.chosen = undefined;
  }

  /** The decimals of a symbol; the least there are for one that was not noted. */
  of(symbol: string): SymbolDecimals {
    const numbers = this.#symbols.get(symbol);
    if (numbers === undefined) return decimalsLeast;
    const { price, size, least } = numbers;
    numbers.chosen ??= { price: price.chosen(least.price), size: size.chosen(least.size) };
    return numbers.chosen;
  }

  #numbersOf(symbol: string): SymbolNumbers {
    const known = this.#symbols.get(symbol);
    if (known !== undefined) return known;
    const numbers = { price: new DecimalChoice(), size: new DecimalChoice(), least: decimalsLeast, chosen: undefined };
    this.#symbols.set(symbol, numbers);
    return numbers;
  }
}
