/** A filter never denies an id that it has, and says yes to few others. */
import { expect, test } from 'vitest';
import { TradeIdFilter, tradeIdKey, tradeNumberKey } from './trade-id-filter.ts';

const numbers = [
  0,
  1,
  -1,
  7,
  4_294_967_295,
  4_294_967_296,
  -4_294_967_297,
  52_983_525_029_461,
  Number.MAX_SAFE_INTEGER,
];
const texts = ['', '007', '-0', '1.5', 'A-1', 'Ü', '9007199254740993', '1e3', 'x'.repeat(64)];

test('every id that was added may be there, whatever it looks like', () => {
  const filter = new TradeIdFilter(texts.length + numbers.length);
  for (const text of texts) filter.add(tradeIdKey(text));
  for (const value of numbers) filter.add(tradeNumberKey(value));
  expect([...texts, ...numbers.map(String)].filter((id) => !filter.mayHave(tradeIdKey(id)))).toEqual([]);
});

test('a whole number and its text have one key; other texts of the same value have others', () => {
  expect([...numbers, -Number.MAX_SAFE_INTEGER].map((value) => tradeIdKey(String(value)))).toEqual(
    [...numbers, -Number.MAX_SAFE_INTEGER].map(tradeNumberKey),
  );
  expect(tradeIdKey('007')).not.toBe(tradeIdKey('7'));
  expect(tradeIdKey('-0')).not.toBe(tradeIdKey('0'));
});

test.each([
  ['rising numbers', (index: number) => tradeNumberKey(52_983_525_000_000 + index)],
  ['numbers far apart', (index: number) => tradeNumberKey(index * 4_294_967_296)],
  ['texts', (index: number) => tradeIdKey(`T-${index}`)],
])('of a thousand ids that are not there few may be there: %s', (_, keyOf) => {
  const filter = new TradeIdFilter(5_000);
  for (let index = 0; index < 5_000; index += 1) filter.add(keyOf(index));
  let wrong = 0;
  for (let index = 5_000; index < 105_000; index += 1) if (filter.mayHave(keyOf(index))) wrong += 1;
  expect(wrong).toBeLessThan(300);
});

test('a filter without ids has none', () => {
  expect(new TradeIdFilter(0).mayHave(tradeIdKey('7'))).toBe(false);
});
