/**
 * The files of the checkout that the house rules speak about. In: a root folder. Out: paths and texts. Installed,
 * built and measured things are not ours and are left out, as in .gitignore; git itself is not asked, so the rules also
 * hold in a copy without history.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root of this checkout. */
export const repositoryRoot: string = fileURLToPath(new URL('../..', import.meta.url));

/** One text file: `path` relative to the root with `/` between its parts. */
export type TextFile = { readonly path: string; readonly text: string };

const foldersNotOurs = new Set(['node_modules', 'dist', '.git', '.cache', 'coverage', '.idea', '.vscode']);
const foldersOfResults = ['bench/results'];

/** What a generator wrote; nobody edits it and no rule of style is about it. */
const generatedFolders = ['packages/adapters/wire/src/gen/'];

/** Endings of files that are text written by people; `''` is a file without one, such as LICENSE or .ci/run. */
const textEndings = new Set([
  '',
  '.ts',
  '.mjs',
  '.js',
  '.json',
  '.jsonc',
  '.md',
  '.proto',
  '.sql',
  '.cql',
  '.sh',
  '.py',
  '.yaml',
  '.yml',
  '.tpl',
  '.txt',
  '.toml',
  '.patch',
]);

/** All files below `root`, as sorted relative paths. */
export function listFiles(root: string): string[] {
  const found: string[] = [];
  const visit = (folder: string): void => {
    for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
      const relative = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isFile()) found.push(relative);
      const ours = !foldersNotOurs.has(entry.name) && !foldersOfResults.includes(relative);
      if (entry.isDirectory() && ours) visit(relative);
    }
  };
  visit('');
  return found.sort();
}

/** The text of every file that a person wrote: code, prose, configuration, the contract. */
export function readTextFiles(root: string): TextFile[] {
  return listFiles(root)
    .filter((file) => textEndings.has(path.posix.extname(file)) || path.posix.basename(file).startsWith('.'))
    .filter((file) => !isGenerated(file) && file !== 'package-lock.json')
    .map((file) => readText(root, file));
}

/** The code that a generator wrote: only what it imports is of interest. */
export function readGeneratedCode(root: string): TextFile[] {
  return listFiles(root)
    .filter(isGenerated)
    .map((file) => readText(root, file))
    .filter(isCode);
}

function readText(root: string, file: string): TextFile {
  return { path: file, text: readFileSync(path.join(root, file), 'utf8') };
}

function isGenerated(file: string): boolean {
  return generatedFolders.some((folder) => file.startsWith(folder));
}

/** Whether the file is TypeScript or JavaScript. */
export function isCode(file: TextFile): boolean {
  return /\.(ts|mjs|js)$/.test(file.path);
}

/** Whether the file is a test; those of faults read as programs and open as such. */
export function isTest(file: TextFile): boolean {
  return /\.(test|cluster)\.(ts|mjs)$/.test(file.path);
}

/** Whether the file is a test or lies in a `test-kit/` folder, what the tests of a package have in common. */
export function servesTests(file: TextFile): boolean {
  return isTest(file) || file.path.includes('/test-kit/');
}

/** One package of the workspace, or the root itself, with what its package.json says. */
export type Workspace = {
  /** Relative to the root; empty for the root. */
  readonly folder: string;
  readonly name: string;
  readonly dependencies: readonly string[];
  readonly devDependencies: readonly string[];
};

/** The root and every folder of ours that has a package.json. */
export function readWorkspaces(root: string): Workspace[] {
  const manifests = listFiles(root).filter((file) =>
    /^((packages|services|operator|testbed|web)\/(.+\/)?)?package\.json$/.test(file),
  );
  return manifests.map((file) => {
    const manifest = JSON.parse(readFileSync(path.join(root, file), 'utf8')) as Manifest;
    return {
      folder: path.posix.dirname(file) === '.' ? '' : path.posix.dirname(file),
      name: manifest.name,
      dependencies: Object.keys(manifest.dependencies ?? {}),
      devDependencies: Object.keys({ ...manifest.devDependencies, ...manifest.optionalDependencies }),
    };
  });
}

type Manifest = {
  readonly name: string;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
};
