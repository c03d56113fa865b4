/**
 * A copy of the repository in which mutants can be tried while people go on working in the original. In: the
 * repository's root. Out: a folder with its own packages: `node_modules` links to the installed libraries, but
 * `@tapeline/*` links to the copy, since npm's own links would lead back to the original.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const leftOut = new Set(['node_modules', 'dist', '.git', '.cache', 'coverage']);
const ownScope = '@tapeline';

/** How the copy's packages are checked: the repository's own settings, but a mutant may leave a name unused. */
const typesConfig = {
  extends: './tsconfig.base.json',
  compilerOptions: {
    noEmit: true,
    composite: false,
    rewriteRelativeImportExtensions: false,
    allowImportingTsExtensions: true,
    noUnusedLocals: false,
    noUnusedParameters: false,
    types: ['node'],
  },
  exclude: ['**/*.test.ts'],
};

/** Name of the file that holds them, at the copy's root. */
export const typesConfigFile = 'tsconfig.mutant.json';

/** Says which packages of the copy the compiler checks; what they import is checked with them. */
export function writeTypesConfig(copy: string, packages: readonly string[]): void {
  const include = packages.map((folder) => `${folder}/src`);
  writeFileSync(path.join(copy, typesConfigFile), JSON.stringify({ ...typesConfig, include }));
}

/** Copies the tree below `root` to the new folder `copy`. */
export function copyTree(root: string, copy: string): void {
  cpSync(root, copy, { recursive: true, filter: (source) => !leftOut.has(path.basename(source)) });
  linkLibraries(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
}

function linkLibraries(installed: string, links: string): void {
  mkdirSync(path.join(links, ownScope), { recursive: true });
  for (const name of readdirSync(installed)) {
    // Caches of the original's own runs begin with a dot; the folder of commands does too, and is not needed here.
    if (name === ownScope || name.startsWith('.')) continue;
    symlinkSync(path.join(installed, name), path.join(links, name), 'junction');
  }
  for (const name of readdirSync(path.join(installed, ownScope))) {
    const inOriginal = realpathSync(path.join(installed, ownScope, name));
    const inCopy = path.join(path.dirname(links), path.relative(path.dirname(installed), inOriginal));
    symlinkSync(inCopy, path.join(links, ownScope, name), 'junction');
  }
}

/** Applies a patch to the copy, or takes it back; the answer is git's first complaint, `undefined` if it went well. */
export function applyPatch(copy: string, patch: string, direction: 'apply' | 'reverse'): string | undefined {
  // Without the ceiling a temporary folder inside some repository would be taken for a part of that one.
  const env = { ...process.env, GIT_CEILING_DIRECTORIES: path.dirname(copy) };
  const options = direction === 'apply' ? [] : ['--reverse'];
  const run = spawnSync('git', ['apply', ...options, patch], { cwd: copy, env, encoding: 'utf8' });
  if (run.error !== undefined)
    throw new Error('git could not be started; it applies the patches', { cause: run.error });
  return run.status === 0 ? undefined : (run.stderr.trim().split('\n')[0] ?? 'git says nothing');
}
