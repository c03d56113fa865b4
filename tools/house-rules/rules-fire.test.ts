/**
 * The house rules themselves: each finds what breaks it and leaves alone what keeps it. In: small texts. A rule that
 * found nothing any more would look like a rule that everybody keeps.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { arrowOffences, exportOffences, swallowOffences, testOffences } from './code-rules.ts';
import { reachOffences, recordOffences, undeclaredOffences, unusedOffences, type Imports } from './import-rules.ts';
import { hasGit, mutantOffences } from './mutant-rules.ts';
import { describeOffences, type Offence } from './offence.ts';
import { readTextFiles, repositoryRoot, type Workspace } from './repository.ts';
import { importsOf, parse, type Syntax } from './syntax.ts';
import { headerOffences, nameOffences, sizeOffences, wordOffences } from './text-rules.ts';

const header = '/**\n * Counts bars. In: bars. Out: how many.\n * Pure.\n */\n';

function code(text: string, file = 'packages/domain/src/bars/bar-count.ts'): Syntax {
  return parse({ path: file, text });
}

/** The lines of the breaches. */
function linesOf(offences: readonly Offence[]): number[] {
  return offences.map(({ line }) => line);
}

test('a header of 2 to 6 lines opens the file, a test may do with one', () => {
  const opening = [header, `#!/usr/bin/env node\n${header}`, `// @ts-check\n${header}`];
  expect(opening.flatMap((text) => headerOffences(code(`${text}export {};`)))).toEqual([]);
  expect(headerOffences(code('/** One line. */\nexport {};', 'tests/a.test.ts'))).toEqual([]);
  const broken = [
    'export {};',
    '/* Not a\n * doc comment. */',
    '/** One line. */',
    `const a = 1;\n${header}`,
    `/**\n${' * x\n'.repeat(7)} */`,
  ];
  for (const text of broken) expect(linesOf(headerOffences(code(text)))).toEqual([1]);
});

test('an export without a comment is found, one that shares its name with a documented one is not', () => {
  const text = `${header}export const a = 1;\n\n/** Doc. */\nexport const B = 1;\nexport type B = 1;\nexport { c } from './c.ts';\n\n// no doc\nexport function d(): void {}`;
  expect(linesOf(exportOffences(code(text)))).toEqual([5, 13]);
});

test('the header is not the comment of the first export', () => {
  expect(linesOf(exportOffences(code(`${header}export type A = 1;`)))).toEqual([5]);
});

test('an error that nothing is done with is swallowed, whatever the comment says', () => {
  const text =
    'try { a(); } catch { /* fine */ }\nb().catch(() => {});\nb().catch(() => undefined);\ntry { a(); } catch (error) { throw error; }\nb().catch(report);';
  expect(linesOf(swallowOffences(code(text)))).toEqual([1, 2, 3]);
});

test('a function in a constant is found at top level only, and not where the constant names its type', () => {
  const text =
    'export const a = (): number => 1;\nconst b = function (): void {};\nconst c: Fold = () => 1;\nfunction d(): void { const e = (): void => {}; e(); }';
  expect(linesOf(arrowOffences(code(text)))).toEqual([1, 2]);
});

test('a skipped test says what it needs and how to get it', () => {
  const broken = [
    "test.only('a', run);",
    "test.skip('a', run);",
    "test.skipIf(!there)('a', () => { it('needs nothing: x'); });",
    "test('a', (context) => { context.skip(); });",
    "test.todo('a');",
  ];
  expect(linesOf(testOffences(code(broken.join('\n'), 'tests/a.test.ts')))).toEqual([1, 2, 3, 4, 5]);
  const kept = [
    "test.skipIf(!there)('a (needs git: install it)', run);",
    "context.skip('needs git: install it');",
    'list.skip(3);',
  ];
  expect(testOffences(code(kept.join('\n'), 'tests/a.test.ts'))).toEqual([]);
});

test('words of unfinished work and paths of a machine are found in any text', () => {
  const place = ['', 'root', 'x'].join('/');
  const text = `fine\n# ${'TO' + 'DO'} later\nread '${place}'\nC:${'\\'}x\nservices/worker/src is fine, https://a.dev/work/x too`;
  expect(linesOf(wordOffences({ path: 'docs/a.md', text }))).toEqual([2, 3, 4]);
  expect(linesOf(wordOffences({ path: 'Dockerfile', text }))).toEqual([2]);
});

test('names that admit anything, capitals and inner indexes are found', () => {
  const found = (file: string): number => nameOffences({ path: file, text: '' }, ['packages/domain']).length;
  const broken = [
    'tools/utils.ts',
    'packages/domain/src/bar-helpers/a.ts',
    'tests/tick-manager.ts',
    'charts/tapeline/templates/_helpers.tpl',
    'tests/barCount.ts',
    'packages/domain/src/bars/index.ts',
  ];
  expect(broken.map(found)).toEqual([1, 1, 1, 1, 1, 1]);
  const kept = [
    'packages/domain/src/index.ts',
    'tests/library.ts',
    'docs/adr/0001-why_not.md',
    'LICENSE',
    'tests/x.property.test.ts',
    'charts/tapeline/templates/_names.tpl',
  ];
  expect(kept.map(found)).toEqual([0, 0, 0, 0, 0, 0]);
});

test('templates of charts are among the files that are judged', () => {
  const judged = readTextFiles(repositoryRoot).map((file) => file.path);
  const templates = ['ingest.yaml', '_names.tpl', 'NOTES.txt'].map((name) => `charts/tapeline/templates/${name}`);
  expect(templates.filter((template) => !judged.includes(template))).toEqual([]);
});

test('a script longer than 400 lines is found', () => {
  const found = (file: string, lines: number): number => sizeOffences({ path: file, text: 'x\n'.repeat(lines) }).length;
  expect([
    found('.ci/run', 400),
    found('.ci/run', 401),
    found('tests/oracle/bars.sql', 401),
    found('a.md', 999),
  ]).toEqual([0, 1, 1, 0]);
});

const workspaces: Workspace[] = [
  { folder: '', name: 'tapeline', dependencies: [], devDependencies: ['vitest'] },
  { folder: 'packages/domain', name: '@tapeline/domain', dependencies: [], devDependencies: [] },
  {
    folder: 'packages/adapters/wire',
    name: '@tapeline/wire',
    dependencies: ['@tapeline/domain', 'wires'],
    devDependencies: [],
  },
];

function imports(file: string, ...from: string[]): Imports {
  const syntax = code(from.map((name, index) => `import { a${index} } from '${name}';`).join('\n'), file);
  return { file: syntax.file, imports: importsOf(syntax) };
}

test('a package reaches another only by name; its tests reach tests/ too, and tests reach everything', () => {
  const reach = (file: string, from: string): number => reachOffences(imports(file, from), workspaces).length;
  expect(reach('packages/domain/src/a/b.ts', '../../../adapters/wire/src/c.ts')).toBe(1);
  expect(reach('packages/domain/src/a/b.ts', '../c.ts')).toBe(0);
  expect(reach('packages/domain/src/b.test.ts', '../../../tests/days.ts')).toBe(0);
  expect(reach('packages/domain/src/b.ts', '../../../tests/days.ts')).toBe(1);
  expect(reach('tests/a.test.ts', '../packages/domain/src/a.ts')).toBe(0);
});

test('an import that package.json does not name is found, also by way of a type', () => {
  const found = (file: string, ...from: string[]): number =>
    undeclaredOffences(imports(file, ...from), workspaces).length;
  expect(found('packages/adapters/wire/src/a.ts', 'wires/sub', '@tapeline/domain', 'node:fs', './b.ts')).toBe(0);
  expect(found('packages/adapters/wire/src/a.ts', 'vitest', '@tapeline/wired')).toBe(2);
  expect(found('packages/adapters/wire/src/a.test.ts', 'vitest')).toBe(0);
  expect(found('packages/adapters/wire/test-kit/frames.ts', 'vitest')).toBe(0);
  expect(found('tests/a.ts', 'vitest', '@tapeline/domain', 'wires')).toBe(1);
  const typed = code(
    "export type A = import('other').B;\nexport const c = import('other/deep');",
    'packages/domain/src/a.ts',
  );
  expect(undeclaredOffences({ file: typed.file, imports: importsOf(typed) }, workspaces)).toHaveLength(2);
});

test('a dependency that no source imports is found, though a test imports it', () => {
  const all = [
    imports('packages/adapters/wire/src/a.ts', '@tapeline/domain'),
    imports('packages/adapters/wire/src/a.test.ts', 'wires'),
  ];
  expect(describeOffences(unusedOffences(all, workspaces))).toMatch(
    /^packages\/adapters\/wire\/package.json:1 names wires, which no source/,
  );
});

test('a library needs a line that names it and its folder, and has one folder only', () => {
  const record = (text: string): Offence[] => recordOffences([{ path: 'docs/adr/0001-a.md', text }], workspaces);
  expect(record('`wires`: only `packages/adapters/wire` imports it.')).toEqual([]);
  expect(record('`wires` is good.\n`packages/adapters/wire` too.')).toHaveLength(1);
  const twice: Workspace[] = [
    ...workspaces,
    { folder: 'services/a', name: 'a', dependencies: ['wires'], devDependencies: [] },
  ];
  const text = '`wires` in `packages/adapters/wire` and `services/a`';
  expect(describeOffences(recordOffences([{ path: 'docs/adr/1.md', text }], twice))).toMatch(
    /^services\/a\/package.json:1 names wires, as/,
  );
});

const root = mkdtempSync(path.join(tmpdir(), 'tapeline-mutants-'));
afterAll(() => rmSync(root, { recursive: true }));

test.skipIf(!hasGit())('a mutant that fits is kept, one that does not is found (needs git: install it)', () => {
  mkdirSync(path.join(root, 'tests/mutants'), { recursive: true });
  writeFileSync(path.join(root, 'a.txt'), 'one\n');
  const patch = (from: string): string => `--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-${from}\n+two\n`;
  writeFileSync(path.join(root, 'tests/mutants/fits.patch'), patch('one'));
  writeFileSync(path.join(root, 'tests/mutants/old.patch'), patch('none'));
  expect(mutantOffences(root).map((offence) => offence.path)).toEqual(['tests/mutants/old.patch']);
});

test('breaches are listed by file and line, each with its remedy', () => {
  const offence = { problem: 'is long', remedy: 'split it' };
  const listed = describeOffences([
    { path: 'b', line: 1, ...offence },
    { path: 'a', line: 9, ...offence },
    { path: 'a', line: 2, ...offence },
  ]);
  expect(listed).toBe('a:2 is long; split it\na:9 is long; split it\nb:1 is long; split it');
});
