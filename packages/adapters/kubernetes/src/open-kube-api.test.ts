/** The API over HTTP against a server by hand: what a real one does on bad days. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock } from '@tapeline/runtime';
import { afterEach, expect, test } from 'vitest';
import type { CallFacts } from './http-exchange.ts';
import { chooseCluster } from './kube-access.ts';
import type { KubeApi, WatchEnd, WatchEvent } from './kube-api.ts';
import { hasCode } from './kube-error.ts';
import { openKubeApi } from './open-kube-api.ts';
import { kubeTypes } from './resource-types.ts';

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const key = { namespace: 'n', name: 'a' };
const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { ...key, resourceVersion: '1' } };

async function serverThat(
  handler: Handler,
): Promise<{ api: KubeApi; calls: CallFacts[]; warnings: string[]; sockets: Set<unknown> }> {
  const sockets = new Set<unknown>();
  const server = createServer((request, response) => {
    sockets.add(request.socket);
    let body = '';
    request.on('data', (piece: Buffer) => {
      body += piece.toString('utf8');
    });
    request.on('end', () => handler(request, response, body));
  });
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const calls: CallFacts[] = [];
  const warnings: string[] = [];
  const cluster = chooseCluster({ from: 'file', path: kubeconfig(port) }, () => systemClock.monotonicMs());
  const api = openKubeApi({
    cluster,
    clock: systemClock,
    onCall: (facts) => calls.push(facts),
    onWarning: (what, warning) => warnings.push(`${what}: ${warning}`),
  });
  return { api, calls, warnings, sockets };
}

function kubeconfig(port: number): string {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'tapeline-kubeconfig-')), 'config');
  const value = {
    clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user: { token: 'secret-token' } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'mine' } }],
    'current-context': 'x',
  };
  writeFileSync(file, JSON.stringify(value));
  return file;
}

function json(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

test('apply is a PATCH of the apply kind with manager, force and credentials', async () => {
  const seen: string[] = [];
  const { api, calls } = await serverThat((request, response, body) => {
    seen.push(
      request.method ?? '',
      request.url ?? '',
      request.headers['content-type'] ?? '',
      request.headers.authorization ?? '',
      body,
    );
    json(response, secret);
  });
  const object = { apiVersion: 'v1', kind: 'Secret', metadata: key };
  await api.apply(kubeTypes.secret, object, { fieldManager: 'me', force: true, subresource: 'status', dryRun: true });
  expect(seen).toEqual([
    'PATCH',
    '/api/v1/namespaces/n/secrets/a/status?fieldManager=me&dryRun=All&force=true',
    'application/apply-patch+yaml',
    'Bearer secret-token',
    JSON.stringify(object),
  ]);
  expect(calls.map(({ method, status }) => `${method} ${status}`)).toEqual(['PATCH 200']);
});

test('calls one after the other share a connection or two', async () => {
  const { api, sockets } = await serverThat((_request, response) => json(response, secret));
  for (let call = 0; call < 20; call += 1) await api.get(kubeTypes.secret, key);
  expect(sockets.size).toBeLessThanOrEqual(2);
});

test('a server that does not answer in time is DEADLINE, a signal is ABORTED, a refused connection is UNAVAILABLE', async () => {
  const { api } = await serverThat(() => undefined);
  await expect(api.get(kubeTypes.secret, key, { deadlineMs: 60 })).rejects.toMatchObject({ code: 'DEADLINE' });
  const stop = new AbortController();
  const ending = api.get(kubeTypes.secret, key, { signal: stop.signal }).then(
    () => 'success',
    (error: unknown) => (hasCode(error, 'ABORTED') ? 'ABORTED' : String(error)),
  );
  stop.abort();
  expect(await ending).toBe('ABORTED');
  const gone = openKubeApi({
    cluster: chooseCluster({ from: 'file', path: kubeconfig(1) }, () => 0),
    clock: systemClock,
  });
  await expect(gone.get(kubeTypes.secret, key)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});

test('an answer whose body stops in the middle is DEADLINE too, and one that is no JSON is UNEXPECTED', async () => {
  let isHalf = true;
  const { api } = await serverThat((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    if (isHalf) response.write('{"metadata":');
    else response.end('<html>');
  });
  await expect(api.get(kubeTypes.secret, key, { deadlineMs: 100 })).rejects.toMatchObject({ code: 'DEADLINE' });
  isHalf = false;
  await expect(api.get(kubeTypes.secret, key)).rejects.toMatchObject({ code: 'UNEXPECTED' });
});

test('a missing object is undefined, an unknown type is NOT_FOUND, a warning is passed on', async () => {
  const { api, warnings } = await serverThat((request, response) => {
    if (request.url?.includes('/leases/') === true) {
      response.writeHead(404, { 'content-type': 'text/plain' });
      response.end('404 page not found\n');
      return;
    }
    response.setHeader('warning', '299 - "unknown field \\"spec.x\\""');
    const details = { name: 'a' };
    json(response, { kind: 'Status', code: 404, reason: 'NotFound', message: 'not there', details }, 404);
  });
  expect(await api.get(kubeTypes.secret, key)).toBeUndefined();
  expect(await api.delete(kubeTypes.secret, key)).toBe(false);
  await expect(api.get(kubeTypes.lease, key)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(warnings[0]).toContain('get Secret n/a: 299');
});

async function watched(
  handler: Handler,
  more: { idleMs?: number; signal?: AbortSignal } = {},
): Promise<{ end: WatchEnd; events: WatchEvent[] }> {
  const { api } = await serverThat(handler);
  const events: WatchEvent[] = [];
  const end = await api.watch(kubeTypes.secret, {
    namespace: 'n',
    resourceVersion: '1',
    signal: more.signal ?? new AbortController().signal,
    onEvent: (event) => events.push(event),
    ...(more.idleMs === undefined ? {} : { idleMs: more.idleMs }),
  });
  return { end, events };
}

function event(type: string, version: string): string {
  return `${JSON.stringify({ type, object: { ...secret, metadata: { ...key, resourceVersion: version } } })}\n`;
}

test('a watch asks for bookmarks and an end, and tells events that come in pieces', async () => {
  let asked = '';
  const { end, events } = await watched((request, response) => {
    asked = request.url ?? '';
    response.writeHead(200);
    const text =
      event('ADDED', '2') + event('BOOKMARK', '9') + '{"type":"LATER","object":{}}\n' + event('DELETED', '10');
    response.write(text.slice(0, 30));
    setTimeout(() => response.end(text.slice(30)), 20);
  });
  expect(asked).toContain('watch=true&allowWatchBookmarks=true&resourceVersion=1&timeoutSeconds=300');
  expect(events.map(({ type }) => type)).toEqual(['ADDED', 'BOOKMARK', 'DELETED']);
  expect(end).toEqual({ reason: 'closed' });
});

test('a watch ends as gone by its status or in its stream, as failed by any other error, a reset or nonsense', async () => {
  const gone = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };
  const byStatus = await watched((_request, response) => json(response, gone, 410));
  const inStream = await watched((_request, response) =>
    response.end(`${JSON.stringify({ type: 'ERROR', object: gone })}\n`),
  );
  expect([byStatus.end, inStream.end]).toEqual([{ reason: 'gone' }, { reason: 'gone' }]);
  const refused = await watched((_request, response) =>
    json(response, { kind: 'Status', code: 403, reason: 'Forbidden' }, 403),
  );
  expect(refused.end).toMatchObject({ reason: 'failed', error: { code: 'FORBIDDEN' } });
  const reset = await watched((_request, response) => {
    response.writeHead(200);
    response.write(event('ADDED', '2'));
    setTimeout(() => response.socket?.resetAndDestroy(), 20);
  });
  expect([reset.events.length, reset.end]).toMatchObject([1, { reason: 'failed', error: { code: 'UNAVAILABLE' } }]);
  const nonsense = await watched((_request, response) => response.end('<html>\n'));
  expect(nonsense.end).toMatchObject({ reason: 'failed', error: { code: 'UNEXPECTED' } });
});

test('a silent watch ends as idle, before its head and after it, and a stopped one as stopped', async () => {
  expect((await watched(() => undefined, { idleMs: 80 })).end).toEqual({ reason: 'idle' });
  const after = await watched(
    (_request, response) => {
      response.writeHead(200);
      response.write(event('ADDED', '2'));
    },
    { idleMs: 80 },
  );
  expect([after.events.length, after.end]).toEqual([1, { reason: 'idle' }]);
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 50);
  expect((await watched(() => undefined, { signal: stop.signal })).end).toEqual({ reason: 'stopped' });
  await expect(watched(() => undefined, { idleMs: 300_000 })).rejects.toThrow(RangeError);
});

test('a kubeconfig that is not there or names no server is refused with its place', () => {
  expect(() => chooseCluster({ from: 'file', path: 'nowhere/config' }, () => 0)).toThrow(
    /nowhere\/config cannot be read/,
  );
  expect(() => chooseCluster({ from: 'file', path: kubeconfig(1), context: 'other' }, () => 0)).toThrow(
    /names no API server for context 'other'/,
  );
  expect(chooseCluster({ from: 'file', path: kubeconfig(1) }, () => 0).namespace).toBe('mine');
});
