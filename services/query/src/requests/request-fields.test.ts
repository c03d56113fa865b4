/** Fields of requests. */
import { expect, test } from 'vitest';
import { checkRange, listField, nameField, pageSizeField, secondAtOrAfter } from './request-fields.ts';
import { Selection } from './selection.ts';

test('names are counted in characters, not in code units', () => {
  expect(nameField('symbol', '🐳'.repeat(64))).toHaveLength(128);
  expect(() => nameField('symbol', 'x'.repeat(65))).toThrow('it has 65 characters, at most 64');
  expect(() => nameField('symbol', '')).toThrow('required');
});

test('page sizes take the default for 0 and are cut at the maximum', () => {
  expect([0, 1, 5_000, 5_001].map((size) => pageSizeField(size, 1_000, 5_000))).toEqual([1_000, 1, 5_000, 5_000]);
});

test('a list names the entry that is there twice', () => {
  const bounds = { min: 1, max: 2, key: (value: string) => value };
  expect(listField('intervals', ['1m', '5m'], bounds)).toEqual(['1m', '5m']);
  expect(() => listField('intervals', ['1m', '1m'], bounds)).toThrow('intervals is "1m"; it is there twice');
  expect(() => listField('intervals', ['a', 'b', 'c'], bounds)).toThrow('give 1 to 2');
});

test.each([
  [0n, 0],
  [1n, 1],
  [-1n, 0],
  [-1_000_000_000n, -1],
  [-1_000_000_001n, -1],
  [1_999_999_999n, 2],
  [2_000_000_000n, 2],
])('what starts at %s ns or later starts at second %s or later', (ns, second) => {
  expect(secondAtOrAfter(ns)).toBe(second);
});

test('a range has a moment in it', () => {
  expect(() => checkRange(2n, 2n)).toThrow('not before');
  expect(() => checkRange(undefined, 2n)).not.toThrow();
});

test('the digest of a selection goes with what is selected, not with the order of naming it', () => {
  const [a, b] = [
    { dataset: 'd', symbol: 'A' },
    { dataset: 'd', symbol: 'B' },
  ];
  const one = new Selection([a, b], ['1m', '5m'], ['all', 'sip']);
  expect(new Selection([b, a], ['5m', '1m'], ['sip', 'all']).digest).toBe(one.digest);
  const others = [
    new Selection([a], ['1m', '5m'], ['all', 'sip']),
    new Selection([a, b], ['1m'], ['all', 'sip']),
    new Selection([a, b], ['1m', '5m'], ['all']),
    new Selection({ allOf: undefined }, ['1m', '5m'], ['all', 'sip']),
    new Selection({ allOf: 'd' }, ['1m', '5m'], ['all', 'sip']),
  ];
  expect(new Set([one, ...others].map(({ digest }) => digest)).size).toBe(6);
});
