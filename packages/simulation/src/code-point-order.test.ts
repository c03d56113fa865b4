/** Texts are in the order of their UTF-8 bytes. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareCodePoints } from './code-point-order.ts';

test('characters above U+FFFF come behind all others, a beginning before what it begins', () => {
  const texts = ['', 'A', 'AA', 'B', 'a', '\uFFFD', '\u{1F4C8}', '\u{1F4C8}A'];
  expect([...texts].reverse().sort(compareCodePoints)).toEqual(texts);
});

test('the order is that of the bytes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (left, right) => {
      expect(Math.sign(compareCodePoints(left, right))).toBe(Buffer.compare(Buffer.from(left), Buffer.from(right)));
    }),
  );
});
