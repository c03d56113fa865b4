/**
 * Links. In: symbols in any order. Out: chains in which each tick names the one before it of its instrument; a bound.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LinkBook } from './link-book.ts';

test('each tick names the one before it of its instrument, the first names none', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('A', 'B', 'C')), (symbols) => {
      const book = new LinkBook();
      const links = symbols.map((symbol, index) => book.advance(symbol, index + 1));
      expect(links).toEqual(
        symbols
          .map((symbol, index) => symbols.lastIndexOf(symbol, index - 1) + (index > 0 ? 1 : 0))
          .map((link, index) => (index === 0 ? 0 : link)),
      );
    }),
  );
});

test('one instrument too many is refused and takes no place; those that are known go on', () => {
  const book = new LinkBook(2);
  book.advance('A', 1);
  book.advance('B', 2);
  expect(() => book.advance('C', 3)).toThrow('at most 2 instruments');
  expect(book.advance('A', 3)).toBe(1);
  expect([...book.entries()]).toEqual([
    ['A', 3],
    ['B', 2],
  ]);
  book.clear();
  expect(book.advance('A', 4)).toBe(0);
});
