/** Decimal text as exact integers, against bigint arithmetic. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decimalsOf, neededDecimalsOf, unitsOf, wholeNumberOf } from './decimal-text.ts';

test('decimals are counted as they are written, needed ones without zeros at the end', () => {
  const rows: readonly (readonly [string, number, number])[] = [
    ['100', 0, 0],
    ['100.', 0, 0],
    ['100.50', 2, 1],
    ['.5', 1, 1],
    ['-0.0100', 4, 2],
    ['1e-05', 5, 5],
    ['1.50e-3', 5, 4],
    ['2.5E+7', 0, 0],
    ['1.2345e2', 2, 2],
  ];
  for (const [text, written, needed] of rows)
    expect([text, decimalsOf(text), neededDecimalsOf(text)]).toEqual([text, written, needed]);
});

test('units are exact at every scale', () => {
  expect(unitsOf('61837.63', 8)).toBe(6_183_763_000_000);
  expect(unitsOf('61837.63000000', 2)).toBe(6_183_763);
  expect(unitsOf('0.1', 1) + unitsOf('0.2', 1)).toBe(unitsOf('0.3', 1));
  expect(unitsOf('-37.63', 2)).toBe(-3_763);
  expect(unitsOf('-0', 2)).toBe(0);
  expect(unitsOf('1e-05', 5)).toBe(1);
});

test('the largest number is 2^53 - 1 units, and needing more decimals than there are is beyond it too', () => {
  expect(unitsOf('9007199254740991', 0)).toBe(Number.MAX_SAFE_INTEGER);
  expect(unitsOf('9007199254740992', 0)).toBe(Infinity);
  expect(unitsOf('-90071992547409.92', 2)).toBe(-Infinity);
  expect(unitsOf('1', 18)).toBe(Infinity);
  expect(unitsOf('0', 18)).toBe(0);
  expect(unitsOf('1.001', 2)).toBe(Infinity);
});

test('text that is no decimal number is NaN', () => {
  for (const text of [
    '',
    '.',
    '-',
    'NaN',
    'nan',
    'inf',
    'Infinity',
    '1,5',
    '1.2.3',
    '0x10',
    ' 1',
    '1 ',
    'e5',
    '1e',
    '1e9999',
    '--1',
  ]) {
    expect([text, decimalsOf(text), unitsOf(text, 2)]).toEqual([text, Number.NaN, Number.NaN]);
  }
});

test('units equal bigint arithmetic', () => {
  const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(digits, digits, fc.nat({ max: 18 }), fc.boolean(), (whole, fraction, decimals, isNegative) => {
      const kept = fraction.slice(0, decimals).padEnd(decimals, '0');
      const isExact = /^0*$/.test(fraction.slice(decimals));
      const exact = BigInt(whole + kept);
      const fits = isExact && exact <= BigInt(Number.MAX_SAFE_INTEGER);
      const expected = fits ? Number(isNegative ? -exact : exact) : isNegative ? -Infinity : Infinity;
      expect(unitsOf(`${isNegative ? '-' : ''}${whole}.${fraction}`, decimals)).toBe(expected);
    }),
  );
});

test('whole numbers are digits alone, up to 2^53 - 1', () => {
  expect(wholeNumberOf('0')).toBe(0);
  expect(wholeNumberOf('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
  for (const text of ['', '-1', '1.0', '9007199254740992', '99999999999999999', ' 1', 'a'])
    expect(wholeNumberOf(text)).toBe(Number.NaN);
});
