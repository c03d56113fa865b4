/** Parameters of URLs. */
import { expect, test } from 'vitest';
import { QueryParams } from './query-params.ts';

function timeOf(text: string): bigint | undefined {
  return new QueryParams(new URLSearchParams({ at: text }), ['at']).timeNs('at');
}

test.each([
  ['2013-10-08T13:30:00Z', 1_381_239_000_000_000_000n],
  ['2013-10-08t13:30:00.5z', 1_381_239_000_500_000_000n],
  ['2013-10-08T13:30:00.123456789Z', 1_381_239_000_123_456_789n],
  ['2013-10-08T09:30:00-04:00', 1_381_239_000_000_000_000n],
  ['2013-10-08 15:30:00+02:00', 1_381_239_000_000_000_000n],
  // A plus sign that was not encoded has become a blank.
  ['2013-10-08T15:30:00 02:00', 1_381_239_000_000_000_000n],
  ['1969-12-31T23:59:59.999999999Z', -1n],
  ['2012-02-29T00:00:00Z', 1_330_473_600_000_000_000n],
  ['1381239000000000000', 1_381_239_000_000_000_000n],
  ['-5', -5n],
  ['', undefined],
])('%s is %s ns', (text, ns) => {
  expect(timeOf(text)).toBe(ns);
});

test.each([
  '2013-10-08',
  '2013-10-08T13:30:00',
  '2013-13-08T13:30:00Z',
  '2013-02-29T13:30:00Z',
  '2013-10-08T24:00:00Z',
  '2013-10-08T13:30:00.1234567890Z',
  '9999-01-01T00:00:00Z',
  '99999999999999999999',
  'now',
])('%s is refused', (text) => {
  expect(() => timeOf(text)).toThrow('give RFC 3339');
});

test('a parameter that is not known, or is there twice, is refused with those that there are', () => {
  expect(() => new QueryParams(new URLSearchParams('b=1'), ['a'])).toThrow('there is no such parameter; there are a');
  expect(() => new QueryParams(new URLSearchParams('a=1&a=2'), ['a'])).toThrow('twice');
});

test('a count of any length is a number, and what is none is refused', () => {
  const count = (text: string): number => new QueryParams(new URLSearchParams({ n: text }), ['n']).count('n');
  expect(count('9'.repeat(30))).toBe(Number.MAX_SAFE_INTEGER);
  expect(count('0')).toBe(0);
  for (const text of ['-1', '1.5', 'ten', '']) expect(() => count(text)).toThrow('give a whole number');
});
