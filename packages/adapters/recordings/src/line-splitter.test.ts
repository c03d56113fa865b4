/** Bytes to lines: line ends, the byte order mark, the bound, and that no cut of the bytes changes a line. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineSplitter, lineBytesMax } from './line-splitter.ts';

function linesOf(...chunks: readonly (string | Buffer)[]): (string | undefined)[] {
  const splitter = new LineSplitter();
  const lines = chunks.flatMap((chunk) => splitter.push(Buffer.from(chunk)));
  return [...lines, splitter.rest()];
}

test('lines end with LF or CRLF and the rest is what follows the last of them', () => {
  expect(linesOf('a\nb\r\nc')).toEqual(['a', 'b', 'c']);
  expect(linesOf('a\n')).toEqual(['a', '']);
  expect(linesOf('\n\n')).toEqual(['', '', '']);
  expect(linesOf('')).toEqual(['']);
});

test('a byte order mark is left out at the start of the file and nowhere else', () => {
  expect(linesOf('\ufeffa\n\ufeffb')).toEqual(['a', '\ufeffb']);
  expect(linesOf('\ufeffa')).toEqual(['a']);
});

test('no cut of the bytes changes a line', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '\n', '\r\n', 'é', '€', '😀', ','), maxLength: 60 });
  fc.assert(
    fc.property(text, fc.array(fc.nat({ max: 200 }), { maxLength: 6 }), (content, cuts) => {
      const bytes = Buffer.from(content);
      const bounds = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
      const chunks = bounds.slice(1).map((end, index) => bytes.subarray(bounds[index], end));
      expect(linesOf(...chunks)).toEqual(content.split('\n').map((line) => line.replace(/\r$/, '')));
    }),
  );
});

test('a line above 4 MiB is dropped, counted as a line, and the next one is read', () => {
  const chunk = Buffer.alloc(1024 * 1024, 'x');
  expect(linesOf('a\n', chunk, chunk, chunk, chunk, chunk, 'x\nb\n', 'c')).toEqual(['a', undefined, 'b', 'c']);
  expect(linesOf('a\n', chunk, chunk, chunk, chunk, chunk)).toEqual(['a', undefined]);
});

test('a line of exactly 4 MiB is read', () => {
  const [line] = linesOf(Buffer.alloc(lineBytesMax - 1, 'x'), 'y', '\n');
  expect(line?.length).toBe(lineBytesMax);
});
