/**
 * The kubectl plugin as people call it, by its executable through a link on the PATH: its help, what it does not understand, the
 * kubeconfigs that it takes, and an API server that is not there or does not know our kinds.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from '@tapeline/testbed';
import { afterAll, expect, test } from 'vitest';

type Ending = { readonly code: number | null; readonly out: string; readonly err: string };

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'tapeline-plugin-'));
const link = path.join(folder, 'kubectl-tapeline');
// Relative, and to another link, as package managers make them.
symlinkSync(path.relative(folder, path.join(root, 'operator/bin/kubectl-tapeline')), path.join(folder, 'inner'));
symlinkSync('inner', link);
const servers: Server[] = [];

afterAll(() => {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function ran(file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ending> {
  const home = { HOME: folder, KUBECONFIG: path.join(folder, 'nowhere') };
  const child = spawn(file, args, { env: { ...process.env, ...home, ...env }, cwd: folder });
  let [out, err] = ['', ''];
  child.stdout.on('data', (piece: Buffer) => (out += piece.toString()));
  child.stderr.on('data', (piece: Buffer) => (err += piece.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}

async function plugin(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ending> {
  return ran(link, args, env);
}

/** A kubeconfig for a server; its context is named as its file. */
function kubeconfig(name: string, server: string): string {
  const file = path.join(folder, name);
  const clusters = [{ name, cluster: { server, 'insecure-skip-tls-verify': true } }];
  const contexts = [{ name, context: { cluster: name, user: name, namespace: `of-${name}` } }];
  const config = { apiVersion: 'v1', kind: 'Config', clusters, contexts, users: [{ name, user: { token: 't' } }] };
  writeFileSync(file, JSON.stringify({ ...config, 'current-context': name }));
  return file;
}

/** A server that has nothing of ours, or does not know our kinds. */
async function apiServer(isKnown: boolean): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(isKnown ? 200 : 404, { 'content-type': isKnown ? 'application/json' : 'text/plain' });
    response.end(isKnown ? JSON.stringify({ metadata: { resourceVersion: '1' }, items: [] }) : '404 page not found\n');
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test.each([[['--help']], [['-h']], [['help']], [['status', '--help']], [['status', '-h']], [['pin', '--help']]])(
  '%j is its help and asks nobody',
  async (args) => {
    const { code, out, err } = await plugin(args);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^usage: kubectl tapeline status \[NAME…\]/);
    expect(out).toContain('--all-namespaces');
  },
);

test.each([
  [[], 'names no command; there are status, plan, moves, top, pin, unpin'],
  [['tell'], 'there is no command "tell"; there are status, plan, moves, top, pin, unpin'],
  [['status', '--nonsense'], 'there is no option --nonsense; there are --namespace, --all-namespaces'],
  [['status', '-o', 'json'], 'there is no option -o'],
  [['status', '-n'], '--namespace has no value'],
  [['moves', '--nonsense'], 'there is no option --nonsense; there are --namespace, --all-namespaces'],
  [['pin', 'us-equities', 'sim/AAPL'], 'it takes NAME DATASET/SYMBOL PARTITION [options], and 2 were given'],
  [['pin', 'us-equities', 'AAPL', '3'], '"AAPL" is no instrument; write its dataset and symbol, such as sim/AAPL'],
  [['pin', 'us-equities', 'sim/AAPL', 'three'], '"three" is no partition; they are numbered from 0'],
  [['pin', 'us-equities', 'sim/AAPL', '3', '-A'], 'there is no option --all-namespaces'],
  [['unpin', 'us-equities', 'sim/AAPL', '3'], 'it takes NAME DATASET/SYMBOL [options], and 3 were given'],
])('%j is not understood, and what would be is told', async (args, told) => {
  const { code, out, err } = await plugin(args);
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain(`kubectl tapeline: ${told}`);
});

test('an API server that does not answer is told in one line, with what to look at', async () => {
  const [port = 0] = await freePorts(1);
  const { code, out, err } = await plugin(['status', '-A'], {
    KUBECONFIG: kubeconfig('none', `https://127.0.0.1:${port}`),
  });
  expect([code, out]).toEqual([2, '']);
  expect(err).toMatch(
    /^kubectl tapeline: list tickst\w+: no answer from 127\.0\.0\.1:\d+ \(ECONNREFUSED.*\); does .*\?\n$/,
  );
});

test('a cluster without the definitions is told with how it gets them', async () => {
  const { code, err } = await plugin(['status'], { KUBECONFIG: kubeconfig('bare', await apiServer(false)) });
  expect(code).toBe(2);
  expect(err).toMatch(
    /^kubectl tapeline: list tick\w+: the cluster does not know tick\w+\.tapeline\.dev v1alpha1: install the chart/,
  );
});

test('KUBECONFIG may be a list, empty or absent, and --kubeconfig and --context go before it', async () => {
  const server = await apiServer(true);
  const [here, other] = [kubeconfig('here', server), kubeconfig('other', server)];
  const list = [path.join(folder, 'nowhere'), here, other].join(path.delimiter);
  const namespaceOf = async (args: readonly string[], KUBECONFIG: string): Promise<string> => {
    const { code, out, err } = await plugin(['status', ...args], { KUBECONFIG });
    expect([code, out]).toEqual([1, '']);
    return /there is no TickStream in namespace (\S+); make one, or name another namespace/.exec(err)?.[1] ?? err;
  };
  expect(await namespaceOf([], list)).toBe('of-here');
  expect(await namespaceOf(['--context', 'other'], list)).toBe('of-other');
  expect(await namespaceOf(['--kubeconfig', 'other'], list)).toBe('of-other');
  expect(await namespaceOf(['-nmine'], list)).toBe('mine');
  expect(await namespaceOf(['-n', 'mine'], list)).toBe('mine');
  expect((await plugin(['status'], { KUBECONFIG: '' })).err).toMatch(/there is no kubeconfig: .*; set KUBECONFIG/);
});

test('it is a command of tapeline, too', async () => {
  const tapeline = [path.join(root, 'tools/bootstrap/run.mjs'), 'tapeline'];
  const overview = await ran(process.execPath, [...tapeline, 'help']);
  expect(overview.out).toMatch(
    /^ {2}status \[NAME…\].* TickStreams of a Kubernetes cluster .*kubectl tapeline status$/m,
  );
  const help = await ran(process.execPath, [...tapeline, 'help', 'status']);
  expect(help.out).toContain('operator/bin/kubectl-tapeline');
  const KUBECONFIG = kubeconfig('tapeline', await apiServer(true));
  const { code, err } = await ran(process.execPath, [...tapeline, 'status', 'us-equities', '-A'], { KUBECONFIG });
  expect([code, err]).toEqual([
    1,
    'tapeline status: there is no TickStream us-equities in any namespace; correct its name\n',
  ]);
});

test('without a Node on the PATH it takes that of the clone', async () => {
  const few = path.join(folder, 'few-tools');
  mkdirSync(few);
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  for (const name of ['readlink', 'dirname']) {
    const file = folders.map((each) => path.join(each, name)).find((each) => existsSync(each));
    symlinkSync(file ?? name, path.join(few, name));
  }
  const { code, out, err } = await ran('/bin/sh', [link, '--help'], { PATH: few });
  expect([code, err, out.split(' ')[0]]).toEqual([0, '', 'usage:']);
});
