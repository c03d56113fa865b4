/**
 * What the numbers of each instrument mean in this run. In: terms as files state them. Out: the terms that all ticks of
 * an instrument must have, and how its prices are written. The first file that has the instrument decides; ticks with
 * another unit or calendar cannot be added to its bars (law 6).
 */
import { type InstrumentTerms, decimalsOfStep } from '@tapeline/domain';

/** One instrument of a run: a dataset and a symbol. */
export type RecordedInstrument = {
  readonly terms: InstrumentTerms;
  /** Digits after the point that its prices have at least: those of its tick size, 0 where no file knows it. */
  priceDecimalsMin: number;
};

/** The instruments of one run. */
export class RecordedInstruments {
  readonly #byName = new Map<string, RecordedInstrument>();

  /** The instrument if `terms` agree with those that it has; otherwise why not, and what to do. */
  accept(dataset: string, symbol: string, terms: InstrumentTerms): RecordedInstrument | { readonly conflict: string } {
    const name = `${dataset}\n${symbol}`;
    let known = this.#byName.get(name);
    if (known === undefined) this.#byName.set(name, (known = { terms, priceDecimalsMin: 0 }));
    const conflict = conflictOf(symbol, terms, known.terms);
    if (conflict !== undefined) return { conflict };
    if (terms.tickSize > 0) {
      const decimals = decimalsOfStep(terms.tickSize, terms.priceExponent);
      known.priceDecimalsMin = Math.max(known.priceDecimalsMin, decimals);
    }
    return known;
  }

  /** The decimals of an instrument's prices at least. */
  priceDecimalsMinOf(dataset: string, symbol: string): number {
    return this.#byName.get(`${dataset}\n${symbol}`)?.priceDecimalsMin ?? 0;
  }
}

function conflictOf(symbol: string, terms: InstrumentTerms, known: InstrumentTerms): string | undefined {
  if (terms.calendar !== known.calendar) {
    return (
      `${symbol} has the calendar ${terms.calendar} here and ${known.calendar} in a file before; ` +
      `give all files one with --calendar ${known.calendar}`
    );
  }
  if (terms.priceExponent === known.priceExponent && terms.sizeExponent === known.sizeExponent) return undefined;
  const unit = ({ priceExponent, sizeExponent }: InstrumentTerms): string =>
    `${-priceExponent} decimals of price and ${-sizeExponent} of size`;
  return (
    `${symbol} has ${unit(terms)} here and ${unit(known)} in a file before, which cannot be added up; ` +
    'read the files one by one, or write them as CSV'
  );
}
