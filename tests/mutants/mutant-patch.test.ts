/** What a mutant's patch must say, so that its table can name the rule that it breaks. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseMutant, readMutants } from './mutant-patch.ts';
import { suiteFolders } from './suites.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const diff = '\n--- a/x.ts\n+++ b/x.ts\n@@ -1 +1 @@\n-a\n+b\n';

function parsed(name: string, text: string): unknown {
  return parseMutant(name, `${name}.patch`, text, suiteFolders);
}

test('a patch names its rule and may name the test that is tried first', () => {
  expect(parsed('001-x', `Rule: F1\n${diff}`)).toMatchObject({ name: '001-x', rule: 'F1', test: undefined });
  const test = 'tests/codec/golden.test.ts';
  expect(parsed('001-x', `Rule: F1\nTest: ${test}\n${diff}`)).toMatchObject({ rule: 'F1', test });
});

test('the packages that a patch changes are those that the compiler checks', () => {
  const one = diff.replaceAll('x.ts', 'packages/domain/src/x.ts');
  const other = diff.replaceAll('x.ts', 'packages/adapters/wire/src/y.ts');
  const service = diff.replaceAll('x.ts', 'services/worker/src/z.ts');
  expect(parsed('001-x', `Rule: F1\n${one}${one}${other}${service}`)).toMatchObject({
    packages: ['packages/domain', 'packages/adapters/wire', 'services/worker'],
  });
});

test.each([
  ['without a rule', '001-x', `Test: tests/codec/x.test.ts\n${diff}`, 'names no rule'],
  ['without a diff', '001-x', 'Rule: F1\n', 'has no diff'],
  [
    'with a test of no suite',
    '001-x',
    `Rule: F1\nTest: cod/x.test.ts\n${diff}`,
    "'cod/x.test.ts', which is in no suite",
  ],
  ['without a number', 'x', `Rule: F1\n${diff}`, 'is not named'],
])('a patch %s is refused, and the message says what is wrong', (_, name, text, problem) => {
  expect(parsed(name, text)).toMatchObject({ code: 'MUTANT_MALFORMED', message: expect.stringContaining(problem) });
});

test('there are mutants for every part of the fold and the tape and for pins, each of another rule or place', () => {
  const mutants = readMutants(folder, suiteFolders);
  if ('code' in mutants) throw new Error(mutants.message);
  expect(mutants.length).toBeGreaterThanOrEqual(30);
  const diffs = mutants.map(({ file }) =>
    readFileSync(file, 'utf8')
      .split(/^(?=--- )/m)
      .slice(1)
      .join(''),
  );
  expect(new Set(diffs).size).toBe(mutants.length);
  const named = mutants.flatMap(({ test: first }) => first ?? []);
  expect(named.filter((file) => !existsSync(path.join(folder, '../..', file)))).toEqual([]);
  const changed = new Set(
    diffs.flatMap((text) => [...text.matchAll(/^--- a\/packages\/domain\/src\/([a-z]+)\//gm)].map(([, part]) => part)),
  );
  expect(changed).toEqual(new Set(['bars', 'conditions', 'fold', 'log', 'placement', 'publish', 'tape']));
});
