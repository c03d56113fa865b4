/** What counts as already so: every rendered field is there, others' fields do not matter, amounts are compared as amounts. */
import { expect, test } from 'vitest';
import { covers } from './covers.ts';
import { amountOf, isSameQuantity } from './quantity.ts';

test.each([
  ['the same', { a: 1 }, { a: 1 }, true],
  ['more than wanted', { a: 1, b: 2 }, { a: 1 }, true],
  ['less than wanted', {}, { a: 1 }, false],
  ['another value', { a: 2 }, { a: 1 }, false],
  ['an empty map that the server left out', undefined, {}, true],
  [
    'items by name, in another order and with more of them',
    [
      { name: 'x', v: 1 },
      { name: 'y', v: 2 },
    ],
    [{ name: 'y', v: 2 }],
    true,
  ],
  ['an item that is missing', [{ name: 'x' }], [{ name: 'y' }], false],
  ['plain lists by place', ['a', 'b'], ['a', 'b'], true],
  ['plain lists of another order', ['b', 'a'], ['a', 'b'], false],
  ['plain lists with one more', ['a', 'b'], ['a'], false],
  ['one amount written in two ways', { memory: '1Gi', cpu: '0.5' }, { memory: '1024Mi', cpu: '500m' }, true],
  ['two amounts', { memory: '1Gi' }, { memory: '1G' }, false],
  ['texts that are no amounts', { a: 'x' }, { a: 'y' }, false],
])('%s', (_name, live, wanted, isSo) => {
  expect(covers(live, wanted)).toBe(isSo);
});

test.each([
  ['1', 1],
  ['1500m', 1.5],
  ['2Gi', 2_147_483_648],
  ['1.5k', 1_500],
  ['', Number.NaN],
  ['1 Gi', Number.NaN],
  ['constructor', Number.NaN],
])('%s is %d', (text, amount) => {
  expect(amountOf(text)).toBe(amount);
});

test('what is no text is no amount', () => {
  expect([isSameQuantity(1, 1), isSameQuantity('x', 'x')]).toEqual([false, false]);
});
