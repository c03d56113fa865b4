/** The kubectl plugin as a program: its help, what it does not understand, and an API server that is not there. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from '@tapeline/testbed';
import { expect, test } from 'vitest';

const entry = fileURLToPath(new URL('../../operator/src/plugin/kubectl-tapeline.ts', import.meta.url));

function plugin(args: readonly string[], kubeconfig = '/nowhere'): { code: number | null; out: string; err: string } {
  const node = ['--disable-warning=ExperimentalWarning', '--conditions=source', entry];
  const env = { ...process.env, KUBECONFIG: kubeconfig };
  const { status, stdout, stderr } = spawnSync(process.execPath, [...node, ...args], { encoding: 'utf8', env });
  return { code: status, out: stdout, err: stderr };
}

test.each([[['--help']], [['-h']], [['status', '--help']]])('%j is its help and asks nobody', (args) => {
  const { code, out, err } = plugin(args);
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(/^usage: kubectl tapeline status \[NAME\]/);
  expect(out).toContain('--all-namespaces');
});

test.each([[[]], [['tell']], [['status', 'one', 'two']], [['status', '--nonsense']]])(
  '%j is not understood, and the help says what would be',
  (args) => {
    const { code, out, err } = plugin(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('usage: kubectl tapeline status');
  },
);

test('an API server that does not answer is told in one line', async () => {
  const [port = 0] = await freePorts(1);
  const folder = mkdtempSync(path.join(tmpdir(), 'tapeline-plugin-'));
  try {
    const file = path.join(folder, 'kubeconfig');
    const clusters = [{ name: 'none', cluster: { server: `https://127.0.0.1:${port}` } }];
    const contexts = [{ name: 'none', context: { cluster: 'none', user: 'none' } }];
    const config = { apiVersion: 'v1', kind: 'Config', clusters, contexts, users: [{ name: 'none', user: {} }] };
    writeFileSync(file, JSON.stringify({ ...config, 'current-context': 'none' }));
    const { code, out, err } = plugin(['status', '-A'], file);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^kubectl tapeline: list tickst\w+: no answer from 127\.0\.0\.1:\d+ \(ECONNREFUSED.*\)\n$/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
