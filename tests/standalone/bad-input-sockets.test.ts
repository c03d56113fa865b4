/**
 * What is no request at all, on the real ports: garbage, TLS where none is spoken, headers that never end. It is ended
 * within the limit, and neither the process nor the callers beside it notice.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { BadCalls, checkServes } from './bad-calls.ts';
import { type MarketProcess, startMarket } from './market-process.ts';

const requestMs = 1_000;
const dataDir = mkdtempSync(join(tmpdir(), 'tapeline-bad-sockets-'));
let market: MarketProcess;
let calls: BadCalls;

beforeAll(async () => {
  market = await startMarket(['--feed', 'none', '--data-dir', dataDir, '--http-request-time', `${requestMs}ms`]);
  calls = new BadCalls(market.grpc);
});

afterAll(async () => {
  calls.close();
  await market.end('SIGTERM');
  rmSync(dataDir, { recursive: true, force: true });
});

afterEach(() => checkServes(market, calls, /defect|ERROR/));

test.each([
  ['random bytes', randomBytes(4_096)],
  ['HTTP/1', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
  ['a preface and then garbage', Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), randomBytes(4_096)])],
  ['zeros', Buffer.alloc(100_000)],
])('%s on the gRPC port close that connection alone', async (_about, bytes) => {
  expect((await talk(market.grpc, (socket) => socket.write(bytes))).closed).toBe(true);
});

test.each(['grpc', 'http'] as const)('TLS on the plain %s port is ended, and the caller sees it', async (kind) => {
  const { hostname, port } = new URL(kind === 'grpc' ? `http://${market.grpc}` : market.http);
  const ended = await new Promise<string>((resolve) => {
    const socket = connectTls({ host: hostname, port: Number(port), rejectUnauthorized: false, timeout: 10_000 });
    socket.on('secureConnect', () => resolve('connected'));
    socket.on('timeout', () => resolve('timeout'));
    socket.on('error', (error) => resolve(error.message));
    socket.on('close', () => resolve('closed'));
  });
  expect(ended).not.toMatch(/^(connected|timeout)$/);
});

test.each([
  ['no HTTP at all', '\u0000\u0001\u0002\r\n\r\n', '400', 'REQUEST_MALFORMED'],
  ['an unknown method', 'FETCH / HTTP/1.1\r\nHost: localhost\r\n\r\n', '400', 'REQUEST_MALFORMED'],
  [
    'two lengths',
    'GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
    '400',
    'REQUEST_MALFORMED',
  ],
  [
    'headers that are too large',
    `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`,
    '431',
    'HEADERS_TOO_LARGE',
  ],
])('%s is answered with its code, and the connection ends', async (_about, text, status, code) => {
  const { closed, received } = await talk(market.http, (socket) => socket.write(text));
  expect(closed).toBe(true);
  expect(received).toContain(`HTTP/1.1 ${status} `);
  expect(received).toContain(`"code":"${code}"`);
});

test('headers that come drop by drop are ended at the limit of a request, however many do it', async () => {
  const dripping = Array.from({ length: 50 }, () =>
    talk(market.http, (socket) => {
      socket.write('GET /v1/instruments HTTP/1.1\r\nHost: localhost\r\n');
      const timer = setInterval(() => socket.write('X-Drop: 1\r\n'), 200);
      socket.once('close', () => clearInterval(timer));
    }),
  );
  expect((await fetch(`${market.http}/v1/instruments`)).status).toBe(200);
  const beginMs = performance.now();
  for (const { closed, received } of await Promise.all(dripping)) {
    expect(closed).toBe(true);
    expect(received).toContain('HTTP/1.1 408 ');
  }
  expect(performance.now() - beginMs).toBeLessThan(requestMs + 5_000);
});

/** Opens a connection, does what `begin` says, and hears until it is closed, at most 15 s. */
function talk(
  address: string,
  begin: (socket: Socket) => void,
): Promise<{ readonly closed: boolean; readonly received: string }> {
  const { hostname, port } = new URL(address.startsWith('http') ? address : `http://${address}`);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => begin(socket));
    let received = '';
    const end = (closed: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ closed, received });
    };
    const timer = setTimeout(() => end(false), 15_000);
    socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
    // A reset is an end too.
    socket.on('error', () => end(true));
    socket.on('close', () => end(true));
    socket.on('end', () => end(true));
  });
}
