/** docs/operator.md has every condition and every reason. */
import { readFileSync } from 'node:fs';
import { storeReasons, streamReasons } from '@tapeline/operator';
import { expect, test } from 'vitest';

const page = readFileSync(new URL('../../docs/operator.md', import.meta.url), 'utf8');

test.each([
  ['TickStream', streamReasons],
  ['TickStore', storeReasons],
])('every condition and reason of %s has its line', (kind, reasons) => {
  const begin = page.indexOf(`## ${kind} (`);
  const end = page.indexOf('\n## ', begin + 1);
  const words = new Set(page.slice(begin, end).match(/\b[A-Z][A-Za-z]+\b/g));
  const all = [...Object.keys(reasons), ...Object.values(reasons).flat()];
  expect(all.filter((word) => !words.has(word))).toEqual([]);
});
