/** What a mutant's patch must say, so that its table can name the rule that it breaks. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseMutant, readMutants } from './mutant-patch.ts';
import { suiteNames } from './suites.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const diff = '\n--- a/x.ts\n+++ b/x.ts\n@@ -1 +1 @@\n-a\n+b\n';

function parsed(name: string, text: string): unknown {
  return parseMutant(name, `${name}.patch`, text, suiteNames);
}

test('a patch names its rule and may name the suite that is tried first', () => {
  expect(parsed('001-x', `Rule: F1\n${diff}`)).toMatchObject({ name: '001-x', rule: 'F1', suite: undefined });
  expect(parsed('001-x', `Rule: F1\nSuite: codec\n${diff}`)).toMatchObject({ rule: 'F1', suite: 'codec' });
});

test.each([
  ['without a rule', '001-x', `Suite: unit\n${diff}`, 'names no rule'],
  ['without a diff', '001-x', 'Rule: F1\n', 'has no diff'],
  ['with a suite that there is not', '001-x', `Rule: F1\nSuite: cod\n${diff}`, "names the suite 'cod'; there are unit"],
  ['without a number', 'x', `Rule: F1\n${diff}`, 'is not named'],
])('a patch %s is refused, and the message says what is wrong', (_, name, text, problem) => {
  expect(parsed(name, text)).toMatchObject({ code: 'MUTANT_MALFORMED', message: expect.stringContaining(problem) });
});

test('there are mutants for every part of the fold and the tape and for pins, each of another rule or place', () => {
  const mutants = readMutants(folder, suiteNames);
  if ('code' in mutants) throw new Error(mutants.message);
  expect(mutants.length).toBeGreaterThanOrEqual(30);
  const diffs = mutants.map(({ file }) =>
    readFileSync(file, 'utf8')
      .split(/^(?=--- )/m)
      .slice(1)
      .join(''),
  );
  expect(new Set(diffs).size).toBe(mutants.length);
  const changed = new Set(
    diffs.flatMap((text) => [...text.matchAll(/^--- a\/packages\/domain\/src\/([a-z]+)\//gm)].map(([, part]) => part)),
  );
  expect(changed).toEqual(new Set(['bars', 'conditions', 'fold', 'log', 'placement', 'publish', 'tape']));
});
