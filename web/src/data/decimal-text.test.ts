/** How numbers look. */
import { expect, test } from 'vitest';
import {
  changePercent,
  compareDecimals,
  countText,
  decimalsOf,
  percentText,
  priceText,
  shortPriceText,
  usualDecimals,
  volumeText,
} from './decimal-text.ts';

test.each([
  ['184.1', 2, '184.10'],
  ['1234567.5', 2, '1,234,567.50'],
  ['-1234', 0, '-1,234'],
  ['0.000000012', 2, '0.000000012'],
  ['9007199254740993.000000001', 2, '9,007,199,254,740,993.000000001'],
  ['5', 0, '5'],
])('price %s with %d decimals is %s: exact, never rounded', (text, decimals, shown) => {
  expect(priceText(text, decimals)).toBe(shown);
});

test.each([
  ['184.1500', 2, '184.15'],
  ['184.1550', 2, '184.155'],
  ['184.0000', 0, '184'],
  ['1200', 0, '1,200'],
  ['1200.5', 2, '1,200.50'],
])('price %s with at least %d decimals is %s without the zeros at its end', (text, decimalsMin, shown) => {
  expect(shortPriceText(text, decimalsMin)).toBe(shown);
});

test('two decimals are usual where a price has them', () => {
  expect([0, 1, 2, 9].map(usualDecimals)).toEqual([0, 1, 2, 2]);
});

test.each([
  ['0', '0'],
  ['283', '283'],
  ['9994', '9,994'],
  ['9996', '10.0K'],
  ['12345', '12.3K'],
  ['99950', '100K'],
  ['999499', '999K'],
  ['999600', '1.00M'],
  ['4560000', '4.56M'],
  ['1234567890', '1.23B'],
  ['98765432101234567', '98.8Q'],
  ['0.0125', '0.0125'],
  ['3.10', '3.1'],
  ['20', '20'],
  ['0.00000001', '0.00000001'],
])('volume %s is %s', (text, shown) => {
  expect(volumeText(text)).toBe(shown);
});

test.each([
  ['100', '101', '+1.00%'],
  ['100', '98.9', '−1.10%'],
  ['100', '100.001', '0.00%'],
  ['100', '99.999', '0.00%'],
  ['-10', '-5', '+50.00%'],
  ['1', '20', '+1,900%'],
  ['0', '5', '–'],
])('from %s to %s is %s', (first, last, shown) => {
  expect(percentText(changePercent(first, last))).toBe(shown);
});

test('what is missing has no change', () => {
  expect([changePercent(null, '1'), changePercent('1', null)]).toEqual([null, null]);
});

test('decimals compare exactly, beyond what floating point can tell apart', () => {
  expect(compareDecimals('9007199254740993.1', '9007199254740993.10')).toBe(0);
  expect(compareDecimals('9007199254740993', '9007199254740992')).toBe(1);
  expect(compareDecimals('-0.2', '-0.1')).toBe(-1);
  expect(decimalsOf('1.500')).toBe(3);
});

test('counts are short, and unknown ones are a dash', () => {
  expect([0, 950, 12_400, 99_999, 125_000, Number.NaN].map(countText)).toEqual([
    '0',
    '950',
    '12,400',
    '99,999',
    '125K',
    '–',
  ]);
});
