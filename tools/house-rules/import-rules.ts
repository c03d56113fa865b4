/**
 * Rules about who imports what. In: the imports found, and what each package.json says. Out: breaches: a way past a
 * package's entry, a dependency that is not named or not used, a library with two importers or without a record.
 */
import path from 'node:path';
import type { Offence } from './offence.ts';
import { servesTests, type TextFile, type Workspace } from './repository.ts';
import type { Import } from './syntax.ts';

/** A file and what it imports. */
export type Imports = { readonly file: TextFile; readonly imports: readonly Import[] };

/** The package of the workspace that holds a file: the one with the longest folder, else the root. */
export function workspaceOf(file: string, workspaces: readonly Workspace[]): Workspace {
  const holding = workspaces.filter(({ folder }) => folder === '' || file.startsWith(`${folder}/`));
  const [nearest] = holding.toSorted((a, b) => b.folder.length - a.folder.length);
  if (nearest === undefined) throw new RangeError(`no package.json above ${file}`);
  return nearest;
}

/**
 * A package's code reaches another package only by its name, hence by its entry. Its tests may also use what lies in
 * tests/; code outside the packages may reach anything.
 */
export function reachOffences({ file, imports }: Imports, workspaces: readonly Workspace[]): Offence[] {
  const { folder } = workspaceOf(file.path, workspaces);
  if (folder === '') return [];
  const allowed = servesTests(file) ? [folder, 'tests'] : [folder];
  return imports
    .filter(({ from }) => from.startsWith('.'))
    .filter(({ from }) => {
      const target = path.posix.join(path.posix.dirname(file.path), from);
      return !allowed.some((place) => target.startsWith(`${place}/`));
    })
    .map(({ from, line }) => ({
      path: file.path,
      line,
      problem: `reaches out of its package (${from})`,
      remedy: 'import the other package by its name',
    }));
}

/** What a file imports by name stands in the package.json of its package; what only tests import, in that of the root. */
export function undeclaredOffences({ file, imports }: Imports, workspaces: readonly Workspace[]): Offence[] {
  const own = workspaceOf(file.path, workspaces);
  const root = workspaces.find(({ folder }) => folder === '');
  const forTools = own.folder === '' || servesTests(file);
  const known = new Set(own.dependencies);
  if (forTools) for (const name of [...own.devDependencies, ...(root?.devDependencies ?? [])]) known.add(name);
  // npm links every package of the workspace at the root, where tests, bench and tools find it.
  if (own.folder === '') for (const { name } of workspaces) known.add(name);
  const where = own.folder === '' ? 'package.json' : `${own.folder}/package.json`;
  return imports
    .filter(({ from }) => !/^(\.|node:)/.test(from) && !known.has(packageName(from)))
    .map(({ from, line }) => ({
      path: file.path,
      line,
      problem: `imports ${packageName(from)}, which its package.json does not name`,
      remedy: `name it in ${where} with its exact version, or do without it`,
    }));
}

/** Every dependency that a package.json names is imported by a source of that package. */
export function unusedOffences(all: readonly Imports[], workspaces: readonly Workspace[]): Offence[] {
  return workspaces.flatMap(({ folder, dependencies }) => {
    const used = new Set(
      all
        .filter(({ file }) => !servesTests(file) && workspaceOf(file.path, workspaces).folder === folder)
        .flatMap(({ imports }) => imports.map(({ from }) => packageName(from))),
    );
    return dependencies
      .filter((name) => !used.has(name))
      .map((name) => ({
        path: `${folder}/package.json`,
        line: 1,
        problem: `names ${name}, which no source of the package imports`,
        remedy: 'take it out',
      }));
  });
}

/**
 * Each library that runs in production is imported by one folder, and one line of a decision record names both, so that
 * who replaces it knows what to touch and why it was chosen.
 */
export function recordOffences(records: readonly TextFile[], workspaces: readonly Workspace[]): Offence[] {
  const own = new Set(workspaces.map(({ name }) => name));
  const lines = records.flatMap(({ text }) => text.split('\n'));
  return workspaces.flatMap(({ folder, dependencies }) =>
    dependencies
      .filter((name) => !own.has(name))
      .flatMap((name) => {
        const at = { path: `${folder}/package.json`, line: 1 };
        const others = workspaces.filter((other) => other.folder < folder && other.dependencies.includes(name));
        const isRecorded = lines.some((line) => line.includes(`\`${name}\``) && line.includes(`\`${folder}\``));
        return [
          ...others.map((other) => ({
            ...at,
            problem: `names ${name}, as ${other.folder} does`,
            remedy: 'a library has one importing folder; use its package',
          })),
          ...(isRecorded
            ? []
            : [
                {
                  ...at,
                  problem: `names ${name} without a record`,
                  remedy: `add a line with \`${name}\` and \`${folder}\` to a file in docs/adr`,
                },
              ]),
        ];
      }),
  );
}

/** The package's name in an import such as `csv-parse/sync` or `@bufbuild/protobuf/wire`. */
export function packageName(from: string): string {
  return from.split('/', from.startsWith('@') ? 2 : 1).join('/');
}
