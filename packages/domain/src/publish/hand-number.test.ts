/** Numbers and times by hand: exact, or refused with a code; nothing is rounded. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatUnits } from '../market/decimal.ts';
import { formatEventTime } from '../market/event-time.ts';
import { handTime, handUnits } from './hand-number.ts';

const price = { what: 'PRICE', field: 'price', exponent: -2 } as const;
const size = { what: 'SIZE', field: 'size', exponent: 0 } as const;

test.each([
  ['150.25', 15_025],
  ['150.2', 15_020],
  ['150', 15_000],
  ['-0.01', -1],
  ['.5', 50],
  ['0', 0],
  ['90071992547409.91', 9_007_199_254_740_991],
])('the price %s is %i hundredths', (text, units) => {
  expect(handUnits(text, price)).toBe(units);
});

test.each([
  ['150.255', 'PRICE_TOO_FINE'],
  ['150.250', 'PRICE_TOO_FINE'],
  ['', 'PRICE_MALFORMED'],
  ['-', 'PRICE_MALFORMED'],
  ['.', 'PRICE_MALFORMED'],
  ['1.', 'PRICE_MALFORMED'],
  ['+1', 'PRICE_MALFORMED'],
  ['1e2', 'PRICE_MALFORMED'],
  [' 1', 'PRICE_MALFORMED'],
  ['0x10', 'PRICE_MALFORMED'],
  ['٣', 'PRICE_MALFORMED'],
  ['90071992547409.92', 'PRICE_OUT_OF_RANGE'],
  ['-90071992547409.92', 'PRICE_OUT_OF_RANGE'],
])('the price %j is refused with %s', (text, code) => {
  expect(handUnits(text, price)).toMatchObject({ code, facts: { field: 'price' } });
});

test('a size is above 0, and has no sign', () => {
  expect(handUnits('0', size, 1)).toMatchObject({ code: 'SIZE_OUT_OF_RANGE', facts: { min: '1' } });
  expect(handUnits('-1', size, 1)).toMatchObject({ code: 'SIZE_MALFORMED' });
  expect(handUnits('1', size, 1)).toBe(1);
});

test('any number of units is read back from its decimal text', () => {
  const units = fc.maxSafeInteger();
  fc.assert(
    fc.property(units, fc.integer({ min: -18, max: 0 }), (value, exponent) => {
      expect(handUnits(formatUnits(value, exponent), { ...price, exponent })).toBe(value);
    }),
  );
});

test.each([
  ['2013-10-08T13:30:00Z', 1_381_239_000, 0],
  ['2013-10-08T09:30:00.123456789-04:00', 1_381_239_000, 123_456_789],
  ['2013-10-08t13:30:00.5z', 1_381_239_000, 500_000_000],
  ['2024-02-29T23:59:59+00:00', 1_709_251_199, 0],
  ['1381239000123456789', 1_381_239_000, 123_456_789],
  ['0', 0, 0],
])('the time %s is %i s and %i ns', (text, sec, nano) => {
  expect(handTime(text, 'event_time')).toEqual({ sec, nano });
});

test.each([
  ['2013-10-08 13:30:00Z', 'EVENT_TIME_MALFORMED'],
  ['2013-10-08T13:30:00', 'EVENT_TIME_MALFORMED'],
  ['2013-13-08T13:30:00Z', 'EVENT_TIME_MALFORMED'],
  ['2023-02-29T13:30:00Z', 'EVENT_TIME_MALFORMED'],
  ['2013-10-08T24:00:00Z', 'EVENT_TIME_MALFORMED'],
  ['2013-10-08T13:30:60Z', 'EVENT_TIME_MALFORMED'],
  ['2013-10-08T13:30:00+24:00', 'EVENT_TIME_MALFORMED'],
  ['1.5', 'EVENT_TIME_MALFORMED'],
  ['1969-12-31T23:59:59Z', 'EVENT_TIME_OUT_OF_RANGE'],
  ['9999-12-31T23:59:59Z', 'EVENT_TIME_OUT_OF_RANGE'],
  ['9223372036000000000', 'EVENT_TIME_OUT_OF_RANGE'],
])('the time %j is refused with %s', (text, code) => {
  expect(handTime(text, 'event_time')).toMatchObject({ code });
});

test('any time is read back from its RFC 3339 text', () => {
  const nanos = fc.integer({ min: 0, max: 999_999_999 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9_223_372_035 }), nanos, (sec, nano) => {
      expect(handTime(formatEventTime(sec, nano), 'event_time')).toEqual({ sec, nano });
    }),
  );
});

test('the limits of a number are told in decimals, as it was written', () => {
  expect(handUnits('123456789', { ...price, exponent: -9 })).toMatchObject({
    message: expect.stringContaining('"123456789" is not between -9007199.254740991 and 9007199.254740991'),
    facts: { value: '123456789', max: '9007199.254740991' },
  });
});
