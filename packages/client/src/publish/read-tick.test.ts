/**
 * Ticks as programs give them. In: every form, and what is none. Out: exact integers, or an error that names field,
 * value and remedy; never a rounded number.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type InstrumentTerms, TickKind } from '@tapeline/domain';
import { AttributeBook } from './attribute-book.ts';
import { InstrumentTermsBook } from './instrument-terms.ts';
import type { PublishTick } from './publish-tick.ts';
import { readTick, unitsOf } from './read-tick.ts';

const terms: InstrumentTerms = { priceExponent: -2, sizeExponent: -1, calendar: 'XNYS', currency: '', tickSize: 0 };
const trade = { price: '184.10', size: '2.5' };
const time = '2013-10-08T13:30:00.000000001Z';

function read(tick: PublishTick): ReturnType<typeof readTick> {
  return readTick(tick, terms, new AttributeBook());
}

test('a trade with everything', () => {
  const row = read({
    symbol: 'SPY',
    time,
    venue: 'P',
    tape: 'b',
    conditions: ['@', 'F'],
    venueSequence: 7,
    receiveTime: '2013-10-08T13:30:00.000000005Z',
    suspicious: true,
    trade: { ...trade, id: 'x1', side: 'seller' },
  });
  expect(row).toEqual({
    symbol: 'SPY',
    terms,
    eventSec: 1_381_239_000,
    eventNano: 1,
    price: 18_410,
    size: 25,
    venueSequence: 7,
    receiveDelayNs: 4,
    tradeId: 'x1',
    attributes: { kind: TickKind.trade, venue: 'P', tape: 2, conditions: ['@', 'F'], side: 2, flags: 1 },
  });
});

test('a cancel, a correction, a quote and a status', () => {
  expect(read({ symbol: 'A', time, cancel: { sequence: 9 } }).original).toEqual({ sequence: 9, tradeId: '' });
  const corrected = read({ symbol: 'A', time, correction: { id: 'x', trade, time: '1970-01-01T00:00:02Z' } });
  expect([corrected.price, corrected.original]).toEqual([
    18_410,
    { sequence: 0, tradeId: 'x', correctedSec: 2, correctedNano: 0 },
  ]);
  const quote = read({ symbol: 'A', time, quote: { bid: { price: '1.01', size: '3' } } });
  expect([quote.quote, quote.attributes.flags]).toEqual([{ bidPrice: 101, bidSize: 30 }, 2]);
  expect(read({ symbol: 'A', time, status: 'halted' }).tradingState).toBe(6);
});

test('times in every form are the same time', () => {
  const ns = 1_600_000_000_123_000_000n;
  for (const given of [ns, String(ns), new Date(1_600_000_000_123), '2020-09-13T12:26:40.123Z']) {
    const { eventSec, eventNano } = read({ symbol: 'A', time: given, trade });
    expect([eventSec, eventNano]).toEqual([1_600_000_000, 123_000_000]);
  }
});

test('units with an exponent are exact at every exponent', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e6, max: 1e6 }), fc.integer({ min: -4, max: 3 }), (units, exponent) => {
      const exact = units * 10 ** (exponent + 4);
      expect(unitsOf({ units, exponent }, 'PRICE', 'price', -4, 0)).toBe(Math.round(exact));
      expect(unitsOf({ units: BigInt(units), exponent }, 'PRICE', 'price', -4, 0)).toBe(Math.round(exact));
    }),
  );
});

test.each([
  ['PRICE_TOO_FINE', { symbol: 'A', time, trade: { price: '1.001', size: '1' } }],
  ['PRICE_MALFORMED', { symbol: 'A', time, trade: { price: '1,5', size: '1' } }],
  ['PRICE_OUT_OF_RANGE', { symbol: 'A', time, trade: { price: '99999999999999999', size: '1' } }],
  ['SIZE_OUT_OF_RANGE', { symbol: 'A', time, trade: { price: '1', size: '0' } }],
  ['FIELD_INVALID', { symbol: 'A', time, trade: { price: 1.5, size: '1' } }],
  ['FIELD_INVALID', { symbol: 'A', time, trade: { price: { units: 1.5, exponent: 0 }, size: '1' } }],
  ['FIELD_INVALID', { symbol: 'A', time, trade: { ...trade, side: 'both' } }],
  ['FIELD_INVALID', { symbol: 'A', time, trade: { ...trade, id: '' } }],
  ['FIELD_INVALID', { symbol: '', time, trade }],
  ['FIELD_INVALID', { symbol: 'A'.repeat(65), time, trade }],
  ['FIELD_INVALID', { symbol: 'A', time, tape: 'd', trade }],
  ['FIELD_INVALID', { symbol: 'A', time, venue: 'v'.repeat(65), trade }],
  ['FIELD_INVALID', { symbol: 'A', time, conditions: Array.from({ length: 17 }, String), trade }],
  ['FIELD_INVALID', { symbol: 'A', time, conditions: ['c'.repeat(17)], trade }],
  ['FIELD_INVALID', { symbol: 'A', time, venueSequence: -1, trade }],
  ['FIELD_INVALID', { symbol: 'A', time, receiveTime: '1990-01-01T00:00:00Z', trade }],
  ['FIELD_INVALID', { symbol: 'A', time, status: 'asleep' }],
  ['FIELD_INVALID', { symbol: 'A', time, cancel: { sequence: 0 } }],
  ['FIELD_INVALID', { symbol: 'A', time: new Date('no'), trade }],
  ['EVENT_TIME_MALFORMED', { symbol: 'A', time: '2013-10-08 13:30', trade }],
])('%s is thrown before anything is taken', (code, tick) => {
  expect(() => read(tick as PublishTick)).toThrow(expect.objectContaining({ name: 'TickInvalidError', code }));
});

test('equal attributes are one object, and unequal ones never', () => {
  const book = new AttributeBook();
  const of = (conditions: string[]): unknown =>
    readTick({ symbol: 'A', time, conditions, trade }, terms, book).attributes;
  expect(of(['a', 'b'])).toBe(of(['a', 'b']));
  expect(of(['a b'])).not.toBe(of(['a', 'b']));
  for (let index = 0; index < 5_000; index += 1) of([`c${index}`]);
  expect(of(['a', 'b'])).toEqual({ kind: 1, venue: '', tape: 0, conditions: ['a', 'b'], side: 0, flags: 0 });
});

test('terms are declared once, with defaults, and never change', () => {
  const book = new InstrumentTermsBook();
  expect(book.of('A')).toEqual({ priceExponent: -9, sizeExponent: 0, calendar: '24/7', currency: '', tickSize: 0 });
  book.declare({ symbol: 'A', priceExponent: -4, calendar: 'XNYS', tickSize: '0.01' });
  expect(book.of('A')).toMatchObject({ priceExponent: -4, tickSize: 100, calendar: 'XNYS' });
  book.declare({ symbol: 'A', priceExponent: -4, calendar: 'XNYS', tickSize: '0.01' });
  expect(() => book.declare({ symbol: 'A', priceExponent: -3 })).toThrow('other terms before');
  expect(() => book.declare({ symbol: 'B', priceExponent: 1 })).toThrow('no integer from -18 to 0');
});
