/** Lines out of bytes that are cut anywhere. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TextLines } from './text-lines.ts';

test('wherever the bytes are cut, also within a letter, the lines are the same', () => {
  const line = fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => `x${text.replaceAll(/\s/gu, '_')}x`);
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), (lines, cuts) => {
      const bytes = new TextEncoder().encode(lines.map((one) => `${one}\n`).join('\r\n'));
      const reader = new TextLines();
      const read: string[] = [];
      for (let from = 0, cut = 0; from < bytes.length; cut += 1) {
        const size = cuts[cut % cuts.length] ?? 1;
        read.push(...reader.push(bytes.subarray(from, from + size)));
        from += size;
      }
      expect(read).toEqual(lines);
    }),
  );
});

test('a line above the bound is an error, whether its end has come or not', () => {
  expect(() => new TextLines(8).push(new TextEncoder().encode('123456789'))).toThrow(RangeError);
  const reader = new TextLines(8);
  expect(reader.push(new TextEncoder().encode('12345678\n1234'))).toEqual(['12345678']);
  expect(() => reader.push(new TextEncoder().encode('56789\n'))).toThrow(RangeError);
});
