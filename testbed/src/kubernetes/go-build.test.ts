/** What is built is found again by version and recipe, and what is not there is told with the command that makes it. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildPrograms, isBuilt, needPrograms, programFile, programFolder, unstaged } from './go-build.ts';
import { etcd, kube } from './kube-versions.ts';

let env: NodeJS.ProcessEnv = {};

beforeAll(() => {
  env = { PATH: '', TAPELINE_CACHE: mkdtempSync(path.join(tmpdir(), 'go-build-')) };
});

afterAll(() => {
  rmSync(env['TAPELINE_CACHE'] ?? '', { recursive: true, force: true });
});

test('another version or another recipe has a folder of its own', () => {
  const folders = [etcd, { ...etcd, version: 'v3.6.17' }, { ...etcd, tags: 'more' }, kube];
  expect(new Set(folders.map((program) => programFolder(program, env))).size).toBe(4);
});

test('what is missing is named, with the command that builds it', () => {
  expect(() => needPrograms([etcd, kube], env)).toThrow(
    /etcd, kube is not built yet: run npm run testbed -- build kubernetes/,
  );
  expect(() => programFile(kube, 'kubectl', env)).toThrow(/kube is not built yet/);
});

test('what is there needs no Go, and what is not needs it', async () => {
  mkdirSync(programFolder(etcd, env), { recursive: true });
  expect(isBuilt(etcd, env)).toBe(true);
  await buildPrograms([etcd], () => undefined, env);
  await expect(buildPrograms([etcd, kube], () => undefined, env)).rejects.toThrow(/there is no go: install Go 1\.\d+/);
});

test('parts of the repository of Kubernetes are replaced by the modules as which they are published', () => {
  const goMod = `// a comment
module k8s.io/kubernetes

require (
	k8s.io/api v0.0.0
	k8s.io/kubelet v0.0.0 // indirect
	k8s.io/utils v0.0.0-20260210185600-b8788abfbbc2
)

replace (
	k8s.io/api => ./staging/src/k8s.io/api
)
`;
  expect(unstaged('kube', goMod, 'v1.36.3')).toBe(`// a comment
module tapeline/testbed/kube

require (
	k8s.io/api v0.36.3
	k8s.io/kubelet v0.36.3 // indirect
	k8s.io/utils v0.0.0-20260210185600-b8788abfbbc2
)

replace (
	k8s.io/api => k8s.io/api v0.36.3
)
`);
});
