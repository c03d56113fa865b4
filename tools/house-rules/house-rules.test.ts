/**
 * What lint cannot say of the house rules, over every file of this checkout. Each test is one rule; a failure lists the
 * breaches as `file:line problem; remedy`.
 */
import { expect, test } from 'vitest';
import { arrowOffences, exportOffences, swallowOffences, testOffences } from './code-rules.ts';
import { reachOffences, recordOffences, undeclaredOffences, unusedOffences } from './import-rules.ts';
import { hasGit, mutantOffences } from './mutant-rules.ts';
import { describeOffences, type Offence } from './offence.ts';
import { isCode, isTest, readGeneratedCode, readTextFiles, readWorkspaces, repositoryRoot } from './repository.ts';
import { importsOf, parse } from './syntax.ts';
import { headerOffences, nameOffences, sizeOffences, wordOffences } from './text-rules.ts';

const files = readTextFiles(repositoryRoot);
const code = files.filter(isCode).map(parse);
const workspaces = readWorkspaces(repositoryRoot);
const packageFolders = workspaces
  .map(({ folder }) => folder)
  .filter((folder) => /^(packages|services)\/|^(operator|testbed)$/.test(folder));
const imports = [...code, ...readGeneratedCode(repositoryRoot).map(parse)].map((syntax) => ({
  file: syntax.file,
  imports: importsOf(syntax),
}));

function expectNone(offences: readonly Offence[]): void {
  expect(describeOffences(offences)).toBe('');
}

test('every file of code opens with a header: what goes in, what comes out, the rule it keeps', () => {
  expectNone(code.flatMap(headerOffences));
});

test('every export of a package has a doc comment', () => {
  const sources = code.filter(({ file }) => file.path.startsWith('packages/') && !isTest(file));
  expectNone(sources.flatMap(exportOffences));
});

test('a name says one idea, in kebab-case, and only a package has an index', () => {
  expectNone(files.flatMap((file) => nameOffences(file, packageFolders)));
});

test('nothing unfinished is kept, and nothing names the machine it was written on', () => {
  expectNone(files.flatMap(wordOffences));
});

test('a source has 400 lines at most, whatever its language', () => {
  expectNone(files.flatMap(sizeOffences));
});

test('a function at top level is a declaration', () => {
  expectNone(code.flatMap(arrowOffences));
});

test('no error is swallowed', () => {
  expectNone(code.flatMap(swallowOffences));
});

test('no test stands alone, and one that may not run says what it needs', () => {
  expectNone(code.flatMap(testOffences));
});

test('a package reaches another only by its name', () => {
  expectNone(imports.flatMap((file) => reachOffences(file, workspaces)));
});

test('what is imported is named in package.json, and what is named there is imported', () => {
  expectNone(imports.flatMap((file) => undeclaredOffences(file, workspaces)));
  expectNone(unusedOffences(imports, workspaces));
});

test('each library of production has one importing folder and a line in a decision record', () => {
  const records = files.filter((file) => /^docs\/adr\/.+\.md$/.test(file.path));
  expectNone(recordOffences(records, workspaces));
});

test.skipIf(!hasGit())('every mutant still applies (needs git: install it)', () => {
  expectNone(mutantOffences(repositoryRoot));
});
