/**
 * Instruments go over the wire and come back unchanged, or are refused with the reason. In: instruments at the limits
 * and wire messages with one fault each. Out: what the conversions say of them.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Instrument } from './gen/tapeline/v1/market.ts';
import { instrumentFromWire, instrumentToWire } from './instrument-to-wire.ts';
import type { NamedInstrument } from './instrument-to-wire.ts';

const spy: NamedInstrument = {
  dataset: 'lean',
  symbol: 'SPY',
  terms: { priceExponent: -9, sizeExponent: 0, calendar: 'XNYS', currency: 'USD', tickSize: 10_000_000 },
};

/** Over the wire and back. */
function roundTrip(instrument: NamedInstrument): unknown {
  return instrumentFromWire(Instrument.decode(Instrument.encode(instrumentToWire(instrument)).finish()));
}

test('any instrument comes back from its bytes unchanged', () => {
  const name = fc.string({ minLength: 1, maxLength: 64, unit: 'grapheme-ascii' });
  const terms = fc.record(
    {
      priceExponent: fc.integer({ min: -18, max: 0 }),
      sizeExponent: fc.integer({ min: -18, max: 0 }),
      calendar: name,
      currency: fc.string({ maxLength: 8 }),
      tickSize: fc.maxSafeNat(),
    },
    { noNullPrototype: true },
  );
  const instrument = fc.record({ dataset: name, symbol: name, terms }, { noNullPrototype: true });
  const unchanged = fc.property(instrument, (original) => {
    expect(roundTrip(original)).toStrictEqual(original);
  });
  fc.assert(unchanged);
});

test('an exponent of 0 is meant as such', () => {
  const whole: NamedInstrument = { ...spy, terms: { ...spy.terms, priceExponent: 0 } };
  expect(roundTrip(whole)).toStrictEqual(whole);
});

test('a symbol is measured in characters, not in units of UTF-16', () => {
  const symbol = '🂡'.repeat(64);
  expect(roundTrip({ ...spy, symbol })).toStrictEqual({ ...spy, symbol });
});

test.each<[string, Partial<Instrument>, object]>([
  ['no dataset', { dataset: '' }, { code: 'FIELD_MISSING', field: 'dataset' }],
  ['a symbol of 300 characters', { symbol: 'x'.repeat(300) }, { code: 'FIELD_OUT_OF_RANGE', value: '300', max: '64' }],
  ['a price exponent of 1', { priceExponent: 1 }, { code: 'FIELD_OUT_OF_RANGE', field: 'price_exponent', max: '0' }],
  ['a size exponent of -19', { sizeExponent: -19 }, { code: 'FIELD_OUT_OF_RANGE', field: 'size_exponent', min: '-18' }],
  ['a tick size of 2^63 - 1', { tickSize: 2n ** 63n - 1n }, { code: 'FIELD_OUT_OF_RANGE', field: 'tick_size' }],
  ['no calendar', { calendar: '' }, { code: 'FIELD_MISSING', field: 'calendar' }],
])('a wire instrument with %s is refused', (_what, change, fault) => {
  expect(instrumentFromWire({ ...instrumentToWire(spy), ...change })).toMatchObject(fault);
});
