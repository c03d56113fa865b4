/** Times of CSV files: both forms, their limits, and equality with the platform's own reading. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventTimeReader } from './event-time-text.ts';

function timeOf(text: string): readonly [number, number] | string {
  const reader = new EventTimeReader();
  return reader.read(text)?.code ?? [reader.sec, reader.nano];
}

test('RFC 3339 is read with up to 9 fractional digits, Z or an offset', () => {
  const sec = Date.UTC(2013, 9, 8, 13, 30, 0) / 1_000;
  expect(timeOf('2013-10-08T13:30:00Z')).toEqual([sec, 0]);
  expect(timeOf('2013-10-08T13:30:00.1Z')).toEqual([sec, 100_000_000]);
  expect(timeOf('2013-10-08T13:30:00.123456789Z')).toEqual([sec, 123_456_789]);
  expect(timeOf('2013-10-08T09:30:00.000000001-04:00')).toEqual([sec, 1]);
  expect(timeOf('2013-10-08 19:00:00+05:30')).toEqual([sec, 0]);
  expect(timeOf('2013-10-08t13:30:00z')).toEqual([sec, 0]);
});

test('an integer is nanoseconds since 1970', () => {
  expect(timeOf('1381239000123456789')).toEqual([1_381_239_000, 123_456_789]);
});

test('an integer too small for nanoseconds is refused, because it is another unit', () => {
  for (const text of ['1', '1381239000', '1381239000123', '1381239000123456'])
    expect(timeOf(text)).toBe('TIME_UNIT_UNLIKELY');
});

test('a time without a zone is refused', () => {
  expect(timeOf('2013-10-08T13:30:00')).toBe('TIME_ZONE_MISSING');
});

test('text that is no time is refused', () => {
  const texts = ['', 'now', '2013-10-08', '2013-13-08T13:30:00Z', '2013-02-29T13:30:00Z', '2013-10-08T24:00:00Z'];
  const more = [
    '2013-10-08T13:60:00Z',
    '2013-10-08T13:30:60Z',
    '2013-10-08T13:30:00.1234567891Z',
    '2013-10-08T13:30:00+24:00',
  ];
  for (const text of [...texts, ...more]) expect([text, timeOf(text)]).toEqual([text, 'TIME_MALFORMED']);
});

test('years outside 1970 to 2261 are refused', () => {
  const texts = [
    '1969-12-31T23:59:59Z',
    '2262-01-01T00:00:00Z',
    '-1',
    '0',
    '9214646400000000000',
    '123456789012345678901',
  ];
  for (const text of texts) expect([text, timeOf(text)]).toEqual([text, 'TIME_OUT_OF_RANGE']);
  expect(timeOf('2261-12-31T23:59:59.999999999Z')).toEqual([Date.UTC(2261, 11, 31, 23, 59, 59) / 1_000, 999_999_999]);
  expect(timeOf('1970-01-01T00:00:00Z')).toEqual([0, 0]);
});

test('one reader reads times one after the other as a new one would', () => {
  const second = fc.integer({ min: 0, max: 4 }).map((offset) => 1_381_239_000 + offset * 30);
  const zone = fc.constantFrom('Z', '+00:00', '-05:00', '+05:30');
  const text = fc
    .tuple(second, fc.nat({ max: 999 }), zone)
    .map(
      ([sec, ms, offset]) =>
        `${new Date(sec * 1_000).toISOString().slice(0, 19)}.${String(ms).padStart(3, '0')}${offset}`,
    );
  fc.assert(
    fc.property(fc.array(text, { maxLength: 8 }), (texts) => {
      const reader = new EventTimeReader();
      for (const each of texts) {
        expect(reader.read(each)).toBeUndefined();
        expect(reader.sec * 1_000 + reader.nano / 1_000_000).toBe(Date.parse(each));
      }
    }),
  );
});
