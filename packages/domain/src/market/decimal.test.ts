/** Decimal text of integers with a unit, and rounded division, against values worked out by hand and by other means. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decimalsOfStep, divideRounded, formatUnits } from './decimal.ts';

test('an integer is written in its unit, without zeros at the end', () => {
  expect(formatUnits(1_841_000, -4)).toBe('184.1');
  expect(formatUnits(1_841_001, -4)).toBe('184.1001');
  expect(formatUnits(1_840_000, -4)).toBe('184');
  expect(formatUnits(1_200, 0)).toBe('1200');
});

test('zeros at the end stay up to the least number of decimals', () => {
  expect(formatUnits(1_841_000, -4, 2)).toBe('184.10');
  expect(formatUnits(1_840_000, -4, 2)).toBe('184.00');
  expect(formatUnits(1_841_050, -4, 2)).toBe('184.105');
  expect(formatUnits(5, 0, 2)).toBe('5.00');
});

test('values below one have a zero before the point, and a sign before that', () => {
  expect(formatUnits(1, -8)).toBe('0.00000001');
  expect(formatUnits(-1, -8)).toBe('-0.00000001');
  expect(formatUnits(-37_630, -3)).toBe('-37.63');
  expect(formatUnits(0, -4)).toBe('0');
  expect(formatUnits(-0, -4, 2)).toBe('0.00');
});

test('big integers keep every digit', () => {
  expect(formatUnits(123_456_789_012_345_678_901_234_567_890n, -18)).toBe('123456789012.34567890123456789');
  expect(formatUnits(-(10n ** 40n), -18)).toBe(`-1${'0'.repeat(22)}`);
});

test('numbers that are not exact, and units beyond the contract, are refused', () => {
  expect(() => formatUnits(2 ** 53, 0)).toThrow(RangeError);
  expect(() => formatUnits(0.5, 0)).toThrow(RangeError);
  expect(() => formatUnits(1, -19)).toThrow(RangeError);
  expect(() => formatUnits(1, 1)).toThrow(RangeError);
  expect(() => formatUnits(1, 0, 19)).toThrow(RangeError);
});

test('text read back digit by digit is the same integer', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
      fc.integer({ min: 0, max: 18 }),
      fc.integer({ min: 0, max: 18 }),
      (value, decimals, decimalsMin) => {
        const text = formatUnits(value, 0 - decimals, decimalsMin);
        const [whole = '', fraction = ''] = text.split('.');
        const scale = Math.max(decimals, fraction.length);
        expect(BigInt(whole + fraction.padEnd(scale, '0'))).toBe(value * 10n ** BigInt(scale - decimals));
        expect(fraction.length).toBeGreaterThanOrEqual(decimalsMin);
        expect(fraction.length > decimalsMin && fraction.endsWith('0')).toBe(false);
      },
    ),
  );
});

test('the decimals of a step are those of its own text', () => {
  expect(decimalsOfStep(100, -4)).toBe(2);
  expect(decimalsOfStep(1, -8)).toBe(8);
  expect(decimalsOfStep(5, -2)).toBe(2);
  expect(decimalsOfStep(10_000, -4)).toBe(0);
  expect(decimalsOfStep(1_000_000, -4)).toBe(0);
  expect(() => decimalsOfStep(0, -4)).toThrow(RangeError);
});

test('division takes the nearest integer, and the even one of two', () => {
  const quotients = [-7n, -6n, -5n, -3n, -2n, -1n, 0n, 1n, 2n, 3n, 5n, 6n, 7n].map((above) => divideRounded(above, 4n));
  expect(quotients).toEqual([-2n, -2n, -1n, -1n, 0n, 0n, 0n, 0n, 0n, 1n, 1n, 2n, 2n]);
  expect(divideRounded(5n, -2n)).toBe(-2n);
  expect(divideRounded(-7n, -2n)).toBe(4n);
  expect(() => divideRounded(1n, 0n)).toThrow(RangeError);
});

test('a rounded quotient is at most half a denominator away, and even where it is exactly half', () => {
  const whole = fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n });
  fc.assert(
    fc.property(
      whole,
      whole.filter((denominator) => denominator !== 0n),
      (above, below) => {
        const quotient = divideRounded(above, below);
        const twiceOff = magnitude(above - quotient * below) * 2n;
        const isHalf = twiceOff === magnitude(below);
        expect(twiceOff < magnitude(below) || (isHalf && quotient % 2n === 0n)).toBe(true);
      },
    ),
  );
});

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}
