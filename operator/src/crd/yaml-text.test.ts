/** YAML that every reader takes for the same: texts that look like something else are quoted. */
import { expect, test } from 'vitest';
import { yamlText } from './yaml-text.ts';

test('maps, lists and texts', () => {
  const value = { a: 'plain text', b: [1, { c: true, d: ['x'] }], e: {}, f: [], g: undefined, h: null };
  expect(yamlText(value)).toBe('a: plain text\nb:\n  - 1\n  - c: true\n    d:\n      - x\ne: {}\nf: []\nh: null\n');
});

test.each(['true', 'No', 'null', '1.5', 'a: b', 'a #b', '- x', '', ' a', 'a\nb', '{}', '^x$', '@x', 'a  b'])(
  '%j is quoted',
  (text) => {
    expect(yamlText({ a: text })).toBe(`a: ${JSON.stringify(text)}\n`);
  },
);
