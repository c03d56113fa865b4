// @ts-check
/**
 * Keeps node_modules equal to package-lock.json. In: the repository's root. Out: nothing, or what is wrong and what to
 * do. A stamp in node_modules holds the SHA-256 of the lock file that was installed last, so that a start with nothing
 * to do costs one hash. npm's output goes to stderr: stdout belongs to the task.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runChild } from './child.mjs';

/** @typedef {{ packages?: Record<string, { version?: string, integrity?: string, link?: boolean, optional?: boolean }> }} LockFile */

/**
 * Installs what package-lock.json names unless it is installed already.
 * @param {string} root
 * @returns {Promise<{ problem?: string }>} `problem` if the dependencies are not there and could not be installed
 */
export async function ensureDependencies(root) {
  const lockText = readFileSync(path.join(root, 'package-lock.json'));
  const digest = createHash('sha256').update(lockText).digest('hex');
  const stampFile = path.join(root, 'node_modules', '.tapeline-lock-sha256');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === digest) return {};

  const installedFile = path.join(root, 'node_modules', '.package-lock.json');
  const byHand = existsSync(installedFile) && isInstalled(parseLock(lockText), parseLock(readFileSync(installedFile)));
  if (!byHand) {
    process.stderr.write('tapeline: installing dependencies from package-lock.json (npm ci), once per change of it.\n');
    const ending = await runChild({ ...npmCommand(process.env, process.platform), cwd: root });
    if (ending.code !== 0) {
      return {
        problem: `the dependencies could not be installed (npm ci ended with ${ending.code}); see npm's lines above, check the network or the npm registry, then run the same command again.`,
      };
    }
  }
  writeFileSync(stampFile, digest);
  return {};
}

/**
 * Whether npm's own record of node_modules agrees with the lock file, as after a person's `npm ci`. Only optional
 * packages, those of other platforms, may be missing.
 * @param {LockFile} lock package-lock.json
 * @param {LockFile} installed node_modules/.package-lock.json
 * @returns {boolean}
 */
export function isInstalled(lock, installed) {
  return Object.entries(lock.packages ?? {}).every(([where, wanted]) => {
    // The root and the workspaces are the checkout itself, not something installed.
    if (!where.includes('node_modules/')) return true;
    const there = installed.packages?.[where];
    if (there === undefined) return wanted.optional === true;
    return there.version === wanted.version && (wanted.integrity ?? there.integrity) === there.integrity;
  });
}

/**
 * How to start npm: the very npm that started us if there is one, else the one on the PATH.
 * @param {NodeJS.ProcessEnv} env
 * @param {NodeJS.Platform} platform
 * @returns {Omit<import('./child.mjs').Step, 'cwd'>}
 */
export function npmCommand(env, platform) {
  // A person's settings (production, omit, engine-strict) must not leave out what the tasks need: the tools are
  // development dependencies, Node 24 is an optional one, and vitest asks for a newer Node than the one that begins.
  const args = ['ci', '--include=dev', '--include=optional', '--engine-strict=false', '--loglevel=error'];
  /** @type {import('node:child_process').StdioOptions} */
  const stdio = ['ignore', 2, 2];
  const npmScript = env['npm_execpath'];
  if (npmScript !== undefined && /npm-cli\.[cm]?js$/.test(npmScript)) {
    return { label: 'npm', command: process.execPath, args: [npmScript, ...args], stdio };
  }
  return { label: 'npm', command: 'npm', args, stdio, shell: platform === 'win32' };
}

/**
 * @param {Buffer} text
 * @returns {LockFile}
 */
function parseLock(text) {
  return JSON.parse(text.toString('utf8'));
}
