/** Each process tells its options, everything that is wrong with them, and what keeps it from starting, a line each. */
import { createServer, type Server } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { linesFor, type ProcessName, startProcess } from './started-process.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'tapeline-processes-'));
const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true, force: true });
});

const onBackend = ['ingest', 'worker', 'query'] as const;
const all = [...onBackend, 'feed'] as const;

async function listening(): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => undefined));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

/** Runs a process that cannot start, and answers its only line. */
async function onlyLine(name: ProcessName, args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const ending = await startProcess(name, args, env).ended;
  expect([ending.code, ending.out], `standard error: ${ending.err}`).toEqual([2, '']);
  const lines = linesFor(ending);
  expect(lines, `standard error: ${ending.err}`).toHaveLength(1);
  return lines[0] ?? '';
}

test.each(all)('%s tells all its options, with their environment variables', async (name) => {
  const { code, out, err } = await startProcess(name, ['--help']).ended;
  expect([code, err]).toEqual([0, '']);
  const options =
    name === 'feed' ? ['ingest', 'feed-dir', 'metrics-port'] : ['kafka', 'cassandra', 'stream', 'data-dir'];
  for (const option of [...options, 'grace', 'log-level'])
    expect(out).toMatch(new RegExp(`^  --${option} \\S+ .*\\S`, 'm'));
  expect(out).not.toContain('--kafka-password ');
  for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(125);
});

test.each(all)('%s says everything that is wrong at once', async (name) => {
  const ending = await startProcess(name, ['--grace', '1y', '--log-level', 'loud', '--colour', 'x.csv']).ended;
  expect([ending.code, ending.out]).toEqual([2, '']);
  expect(linesFor(ending)).toHaveLength(3);
  for (const line of linesFor(ending)) expect(line).toMatch(new RegExp(`^${name}: .*`));
});

test('Kafka without Cassandra is refused, and the other way round', async () => {
  expect(await onlyLine('ingest', ['--kafka', '127.0.0.1:1'])).toContain('name it with --cassandra HOST:PORT');
  const env = { TAPELINE_CASSANDRA: '127.0.0.1:1' };
  expect(await onlyLine('query', [], env)).toContain('name it with --kafka HOST:PORT');
});

test('a password is not taken where others see it', async () => {
  expect(await onlyLine('worker', ['--kafka-password', 'x'])).toContain(
    'set TAPELINE_KAFKA_PASSWORD in the environment',
  );
});

test.each(onBackend)('%s says within 15 s that no server answers, and where', async (name) => {
  const begin = performance.now();
  const line = await onlyLine(name, ['--kafka', '127.0.0.1:1', '--cassandra', '127.0.0.1:1']);
  expect(line).toMatch(new RegExp(`^${name}: .*127\\.0\\.0\\.1:1 .*; `));
  expect(performance.now() - begin).toBeLessThan(15_000);
});

test('a server that takes the connection and says nothing is given up soon', async () => {
  const port = await listening();
  const begin = performance.now();
  const address = `127.0.0.1:${port}`;
  expect(await onlyLine('ingest', ['--kafka', address, '--cassandra', address])).toContain(address);
  expect(performance.now() - begin).toBeLessThan(20_000);
});

test('a data directory that is a file is refused', async () => {
  const file = path.join(folder, 'file');
  writeFileSync(file, 'mine');
  expect(await onlyLine('worker', ['--data-dir', file])).toMatch(/is not a directory, .* choose another path$/);
});

test.each([
  ['ingest', 'grpc-port'],
  ['worker', 'grpc-port'],
  ['query', 'http-port'],
  ['feed', 'metrics-port'],
] as const)('%s tells a --%s that is in use', async (name, option) => {
  const port = await listening();
  const place = name === 'feed' ? ['--feed', 'none'] : ['--data-dir', path.join(folder, `${name}-${option}`)];
  expect(await onlyLine(name, [...place, `--${option}`, String(port)])).toBe(
    `${name}: --${option} ${port} is in use; end the program that has it, or give another port (0 = any free one)`,
  );
});

test('a worker cannot be told to others by an address that is none', async () => {
  expect(await onlyLine('worker', ['--advertise', 'here'])).toMatch(/--advertise "here" cannot be: .* HOST:PORT/);
});

test('a feed names what is wrong with its ingest', async () => {
  expect(await onlyLine('feed', ['--ingest', 'localhost'])).toMatch(/--ingest "localhost" has an item localhost/);
});

test.each(onBackend)(
  '%s works on a directory alone, says what that cannot do, is ready, and ends with 0',
  async (name) => {
    const started = startProcess(name, ['--data-dir', path.join(folder, `alone-${name}`)]);
    const port = await started.field(name === 'query' ? 'httpPort' : 'metricsPort');
    await expect
      .poll(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status, { timeout: 20_000 })
      .toBe(200);
    expect((await fetch(`http://127.0.0.1:${port}/livez`)).status).toBe(200);
    expect(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).toContain('tapeline_');
    const { code, err } = await started.end('SIGTERM');
    expect([code, err.includes('serves one process')]).toEqual([0, true]);
  },
);
