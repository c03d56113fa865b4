// @ts-check
/**
 * Runs buf, the tool of the contract. In: its arguments. Out: its exit code, and what it says on this process's own
 * streams. The binary comes with the package of the platform: the `buf` command of the npm package itself works only
 * after an install script, and npm may not run one.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root of the repository; buf's configuration and all paths below are relative to it. */
export const repositoryRoot = fileURLToPath(new URL('../../', import.meta.url));

/** The contract that clients were given, as an image of `buf build`; see baseline.mjs. */
export const baselinePath = 'proto/baseline.binpb';

/** @type {Record<string, string>} */
const packageByPlatform = {
  'darwin-arm64': '@bufbuild/buf-darwin-arm64',
  'darwin-x64': '@bufbuild/buf-darwin-x64',
  'linux-arm': '@bufbuild/buf-linux-armv7',
  'linux-arm64': '@bufbuild/buf-linux-aarch64',
  'linux-x64': '@bufbuild/buf-linux-x64',
  'win32-arm64': '@bufbuild/buf-win32-arm64',
  'win32-x64': '@bufbuild/buf-win32-x64',
};

/** buf cannot be run on this machine; the message says what to do. */
export class BufUnavailableError extends Error {
  /** @override */
  name = 'BufUnavailableError';
}

/**
 * Path of buf's binary for a platform of Node, such as `linux` and `x64`. Throws `BufUnavailableError` where buf has no
 * build for it or its package is not installed.
 * @param {string} platform
 * @param {string} arch
 * @returns {string}
 */
export function bufBinary(platform = process.platform, arch = process.arch) {
  const packageName = packageByPlatform[`${platform}-${arch}`];
  if (packageName === undefined) {
    const known = Object.keys(packageByPlatform).join(', ');
    throw new BufUnavailableError(`buf has no build for ${platform}-${arch}; run this on one of ${known}`);
  }
  const path = installedBinary(packageName, platform === 'win32' ? 'buf.exe' : 'buf');
  if (path === undefined) {
    const remedy = 'install with optional dependencies (`npm install`, without --omit=optional)';
    throw new BufUnavailableError(`${packageName} is not installed: ${remedy}`);
  }
  return path;
}

/**
 * @param {string} packageName
 * @param {string} fileName
 * @returns {string | undefined}
 */
function installedBinary(packageName, fileName) {
  for (const folder of createRequire(import.meta.url).resolve.paths(packageName) ?? []) {
    const path = join(folder, packageName, 'bin', fileName);
    if (existsSync(path)) return path;
  }
  return undefined;
}

/**
 * Runs buf at the root of the repository and answers its exit code. Throws `BufUnavailableError` if it did not run.
 * @param {readonly string[]} args
 * @returns {number}
 */
export function runBuf(args) {
  const binary = bufBinary();
  // buf.gen.yaml starts the plugin with `node`: that has to be the Node that runs this.
  const path = [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter);
  const result = spawnSync(binary, args, {
    cwd: repositoryRoot,
    env: { ...process.env, PATH: path },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (result.error !== undefined) throw new BufUnavailableError(`${binary} did not start`, { cause: result.error });
  return result.status ?? 1;
}
