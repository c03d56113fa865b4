/** Probes say what the process says of itself, and nothing that is asked can harm it. */
import { afterEach, expect, test } from 'vitest';
import { createHealth, type Health } from './health.ts';
import { createMetrics } from './metrics.ts';
import { NotListeningError } from './not-listening.ts';
import { type ProbeServer, startProbes } from './probe-server.ts';

const servers: ProbeServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

async function started(health: Health = createHealth()): Promise<{ readonly url: string; readonly port: number }> {
  const metrics = createMetrics({ ofProcess: false });
  metrics.counter('tapeline_seen_total', 'Seen').add(3);
  const server = await startProbes({ host: '127.0.0.1', port: 0, health, metrics });
  servers.push(server);
  return { url: `http://127.0.0.1:${server.port}`, port: server.port };
}

test('a process is alive as soon as it listens, and ready once all its parts are', async () => {
  const health = createHealth();
  const { url } = await started(health);
  expect((await fetch(`${url}/livez`)).status).toBe(200);
  expect((await fetch(`${url}/readyz`)).status).toBe(503);
  health.set('log', 'starting', 'opens');
  const starting = await fetch(`${url}/readyz?verbose`);
  expect([starting.status, await starting.json()]).toEqual([
    503,
    { ready: false, parts: [{ part: 'log', state: 'starting', detail: 'opens' }] },
  ]);
  health.set('log', 'ready', 'open');
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
});

test('metrics are Prometheus text', async () => {
  const { url } = await started();
  const answer = await fetch(`${url}/metrics`);
  expect(answer.headers.get('content-type')).toContain('text/plain');
  expect(await answer.text()).toContain('tapeline_seen_total 3');
});

test('what is not there and what is not read is refused', async () => {
  const { url } = await started();
  expect((await fetch(`${url}/secrets`)).status).toBe(404);
  expect((await fetch(`${url}/livez`, { method: 'POST', body: 'x' })).status).toBe(405);
  const head = await fetch(`${url}/livez`, { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
});

test('a port in use is told with its option', async () => {
  const { port } = await started();
  const again = startProbes({ host: '127.0.0.1', port, health: createHealth(), metrics: createMetrics() });
  await expect(again).rejects.toThrow(NotListeningError);
  await expect(again).rejects.toThrow(`--metrics-port ${port} is in use`);
});

test('a stop ends connections that stay open', async () => {
  const { url } = await started();
  await (await fetch(`${url}/livez`)).text();
  await servers[0]?.stop();
  await expect(fetch(`${url}/livez`)).rejects.toThrow('fetch failed');
});
