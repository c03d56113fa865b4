/**
 * How many decimals the numbers of each symbol have. In: every price and size of CSV files. Out: for each symbol the
 * most decimals that are written anywhere, so that every number is a whole number of units. A number that would not fit
 * into 2^53 units even with its own decimals does not count; its line will be refused.
 */
import { decimalsMax, decimalsOf, unitsOf } from './decimal-text.ts';

/** Decimals of a symbol's prices and sizes. */
export type SymbolDecimals = { readonly price: number; readonly size: number };

/** Decimals of a symbol that has fewer, or none at all: cents, and whole units. */
export const decimalsLeast: SymbolDecimals = { price: 2, size: 0 };

/** Decimals by symbol, of one file or of several that are read together. */
export class CsvDecimals {
  readonly #symbols = new Map<string, SymbolDecimals>();

  /** How many symbols there are. */
  get symbolCount(): number {
    return this.#symbols.size;
  }

  /** Notes the text of a price and a size; empty text, and text that is no number, says nothing. */
  note(symbol: string, priceText: string, sizeText: string): void {
    const known = this.of(symbol);
    this.widen(symbol, { price: decimalsIn(priceText, known.price), size: decimalsIn(sizeText, known.size) });
  }

  /** Makes sure that a symbol has at least these decimals. */
  widen(symbol: string, least: SymbolDecimals): void {
    const known = this.#symbols.get(symbol);
    if (known !== undefined && known.price >= least.price && known.size >= least.size) return;
    const { price, size } = known ?? decimalsLeast;
    this.#symbols.set(symbol, { price: Math.max(price, least.price), size: Math.max(size, least.size) });
  }

  /** The decimals of a symbol; the least there are for one that was not noted. */
  of(symbol: string): SymbolDecimals {
    return this.#symbols.get(symbol) ?? decimalsLeast;
  }
}

/** Decimals of text if they are more than are known, and the text counts; else what is known. */
function decimalsIn(text: string, known: number): number {
  // Most numbers have a plain point and no more decimals than the ones before: no need to look closer.
  const at = text.indexOf('.');
  if (!/[eE]/.test(text) && (at < 0 || text.length - at - 1 <= known)) return known;
  const decimals = decimalsOf(text);
  const counts = decimals <= decimalsMax && Number.isFinite(unitsOf(text, decimals));
  return counts ? Math.max(known, decimals) : known;
}
