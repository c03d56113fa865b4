/**
 * Instruments between the domain and the contract. In: an instrument in one form. Out: the same in the other, or why
 * it cannot be. Going there and back changes nothing.
 */
import type { InstrumentTerms } from '@tapeline/domain';
import { FieldReader } from './field-reader.ts';
import type { Instrument } from './gen/tapeline/v1/market.ts';
import type { WireFault } from './wire-fault.ts';

/** Exponents of price and size go from this to 0. */
export const exponentMin = -18;

/** An instrument by name, with what its numbers mean. */
export type NamedInstrument = { readonly dataset: string; readonly symbol: string; readonly terms: InstrumentTerms };

/** The wire form of an instrument. */
export function instrumentToWire(instrument: NamedInstrument): Instrument {
  const { dataset, symbol, terms } = instrument;
  return {
    dataset,
    symbol,
    priceExponent: terms.priceExponent,
    sizeExponent: terms.sizeExponent,
    tickSize: BigInt(terms.tickSize),
    currency: terms.currency,
    calendar: terms.calendar,
  };
}

/**
 * The instrument of a wire message. A fault if a name is absent or longer than 64 characters, an exponent is not from
 * -18 to 0, or the tick size is above 2^53 - 1. Whether the calendar is known is for the caller to find out.
 */
export function instrumentFromWire(wire: Instrument): NamedInstrument | WireFault {
  const read = new FieldReader();
  const instrument: NamedInstrument = {
    dataset: read.name('dataset', wire.dataset),
    symbol: read.name('symbol', wire.symbol),
    terms: {
      priceExponent: read.integer('price_exponent', wire.priceExponent, exponentMin, 0),
      sizeExponent: read.integer('size_exponent', wire.sizeExponent, exponentMin, 0),
      tickSize: read.integer('tick_size', wire.tickSize, 0),
      currency: wire.currency,
      calendar: read.name('calendar', wire.calendar),
    },
  };
  return read.fault ?? instrument;
}
