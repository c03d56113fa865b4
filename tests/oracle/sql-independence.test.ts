/**
 * The oracle is a second opinion only as long as it shares nothing with the first: no module of the folder `sql` imports
 * from the product, directly or through another.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const folder = join(import.meta.dirname, 'sql');

test('the oracle imports Node, DuckDB and its own folder, and nothing of the product', () => {
  const imported = readdirSync(folder).flatMap((file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    const named = text.matchAll(/\bfrom '([^']+)'|\bimport\s*\(?\s*'([^']+)'/g);
    return [...named].map((match) => `${file} imports ${match[1] ?? match[2] ?? ''}`);
  });
  expect(imported.length).toBeGreaterThan(5);
  expect(imported.filter((line) => !/ imports (node:|@duckdb\/node-api$|\.\/[a-z-]+\.ts$)/.test(line))).toEqual([]);
});
