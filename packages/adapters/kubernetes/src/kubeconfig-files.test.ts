/** What is taken of several kubeconfigs is what kubectl takes of them. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { chooseCluster } from './kube-access.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'tapeline-kubeconfigs-'));

/** A file with a cluster of its own name at `port`, and a context on it. */
function file(name: string, port: number, more: object = {}, where = folder): string {
  const value = {
    clusters: [{ name: 'c', cluster: { server: `https://127.0.0.1:${port}` } }],
    users: [{ name: 'u', user: { token: name } }],
    contexts: [{ name, context: { cluster: 'c', user: 'u', namespace: name } }],
    'current-context': name,
    ...more,
  };
  const at = path.join(where, name);
  writeFileSync(at, JSON.stringify(value));
  return at;
}

const first = file('first', 1);
const second = file('second', 2, { clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:9' } }] });
const nameless = file('nameless', 3, { 'current-context': '' });

function chosen(KUBECONFIG: string | undefined, context?: string): readonly [string, string] {
  const env = { KUBECONFIG, HOME: folder };
  const picked = context === undefined ? {} : { context };
  const { server, namespace } = chooseCluster({ from: 'default', env, ...picked }, () => 0);
  return [server, namespace];
}

test('a list is merged: the first file that names something wins, and the first context that is chosen', () => {
  expect(chosen([first, second].join(path.delimiter))).toEqual(['https://127.0.0.1:1', 'first']);
  expect(chosen([first, second].join(path.delimiter), 'second')).toEqual(['https://127.0.0.1:1', 'second']);
  expect(chosen([nameless, second].join(path.delimiter))).toEqual(['https://127.0.0.1:3', 'second']);
});

test('empty names, files that are not there, and one that is named twice change nothing', () => {
  const list = ['', path.join(folder, 'nowhere'), first, first, ''].join(path.delimiter);
  expect(chosen(list)).toEqual(['https://127.0.0.1:1', 'first']);
});

test('a file that was emptied by kubectl config is one without entries', () => {
  const empty = file('empty', 1, { clusters: null, users: null, contexts: null, 'current-context': '' });
  expect(chosen([empty, first].join(path.delimiter))).toEqual(['https://127.0.0.1:1', 'first']);
});

test('an empty KUBECONFIG is none: the home folder has it', () => {
  expect(() => chosen('')).toThrow(/there is no kubeconfig: .*\.kube\/config is not there; set KUBECONFIG/);
  mkdirSync(path.join(folder, '.kube'));
  file('config', 4, {}, path.join(folder, '.kube'));
  expect([chosen(''), chosen(undefined)]).toEqual([
    ['https://127.0.0.1:4', 'config'],
    ['https://127.0.0.1:4', 'config'],
  ]);
});

test('what cannot be used is named with what to do', () => {
  expect(() => chosen(path.join(folder, 'nowhere'))).toThrow(/nowhere is not there; set KUBECONFIG to one/);
  const broken = path.join(folder, 'broken');
  writeFileSync(broken, '{"clusters": [');
  expect(() => chosen([first, broken].join(path.delimiter))).toThrow(/broken cannot be read: .*; name or correct/);
  expect(() => chosen([first, second].join(path.delimiter), 'third')).toThrow(
    /names no API server for context 'third'; choose one of first, second, or correct its cluster/,
  );
});
