/** Event times as text, against the platform's own clock arithmetic. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatEventTime } from './event-time.ts';

test('a whole second has no fraction', () => {
  expect(formatEventTime(1_381_239_000)).toBe('2013-10-08T13:30:00Z');
  expect(formatEventTime(0)).toBe('1970-01-01T00:00:00Z');
  expect(formatEventTime(-1)).toBe('1969-12-31T23:59:59Z');
});

test('a fraction has 3, 6 or 9 digits', () => {
  expect(formatEventTime(0, 120_000_000)).toBe('1970-01-01T00:00:00.120Z');
  expect(formatEventTime(0, 1_000)).toBe('1970-01-01T00:00:00.000001Z');
  expect(formatEventTime(0, 1)).toBe('1970-01-01T00:00:00.000000001Z');
});

test('a year that the form cannot hold is refused', () => {
  expect(() => formatEventTime(253_402_300_800)).toThrow(RangeError);
});

test('every second of the years 1970 to 2262 is written as the platform writes it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9_223_372_036 }), (sec) => {
      expect(formatEventTime(sec)).toBe(new Date(sec * 1_000).toISOString().replace('.000', ''));
    }),
  );
});
