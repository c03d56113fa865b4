/** The decimals of a column: as many as its numbers have, unless a few of them would cost the others their place. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DecimalChoice } from './decimal-choice.ts';
import { decimalsOf, unitsOf } from './decimal-text.ts';

function chosen(texts: readonly string[], least: number): number {
  const choice = new DecimalChoice();
  for (const text of texts) choice.note(text, decimalsOf(text));
  return choice.chosen(least);
}

test('without numbers it is the least that was asked for', () => {
  expect([chosen([], 0), chosen([], 2), chosen([], 8)]).toEqual([0, 2, 8]);
});

test('it is the most decimals that a number has, and at least the least', () => {
  expect(chosen(['1', '1.5', '1.255', '7.1'], 2)).toBe(3);
  expect(chosen(['1', '1.5'], 2)).toBe(2);
});

test('numbers too large for the least decimals take fewer', () => {
  expect(chosen(['500000000', '12'], 8)).toBe(0);
  expect(chosen(['500000000.5', '12'], 8)).toBe(1);
});

test('one number with wild decimals, and one of wild size, cost only themselves', () => {
  const usual = Array.from({ length: 10 }, (_, index) => `61837.${10 + index}`);
  expect(chosen([...usual, '0.000000000000000001'], 2)).toBe(2);
  expect(chosen([...usual, '9007199254740991'], 2)).toBe(2);
  expect(chosen([...usual, '30000.000000000001234', 'NaN', ''], 2)).toBe(2);
});

test('no other number of decimals fits more lines', () => {
  const number = fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 17n }), fc.nat({ max: 20 })).map(([digits, decimals]) => {
    const text = String(digits).padStart(decimals + 1, '0');
    return decimals === 0 ? text : `${text.slice(0, -decimals)}.${text.slice(-decimals)}`;
  });
  fc.assert(
    fc.property(fc.array(number, { maxLength: 12 }), fc.nat({ max: 18 }), (texts, least) => {
      const fits = (decimals: number): number =>
        texts.filter((text) => decimalsOf(text) <= decimals && Number.isFinite(unitsOf(text, decimals))).length;
      const all = Array.from({ length: 19 }, (_, decimals) => decimals);
      const best = Math.max(...all.map(fits));
      const candidates = all.filter((decimals) => fits(decimals) === best);
      expect(chosen(texts, least)).toBe(candidates.find((decimals) => decimals >= least) ?? candidates[0]);
    }),
  );
});
