/** What a WebSocket feed makes of a server that breaks off, stalls, refuses, garbles and talks too much. */
import { type Clock, silentLogger, systemRandom } from '@tapeline/runtime';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hastyClock } from '../../test-kit/hasty-clock.ts';
import { HeardFeed } from '../../test-kit/heard-feed.ts';
import { MemorySink } from '../../test-kit/memory-sink.ts';
import { SocketServer } from '../../test-kit/socket-server.ts';
import { waitUntil } from '../../test-kit/wait-until.ts';
import { binanceProtocol } from '../binance/binance-protocol.ts';
import { finnhubProtocol } from '../finnhub/finnhub-protocol.ts';
import { SocketFeed } from './socket-feed.ts';
import { textCharsMax } from './socket-session.ts';

let server: SocketServer;
let sink: MemorySink;
let heard: HeardFeed;

beforeEach(async () => {
  server = await SocketServer.start();
  sink = new MemorySink({ nowMs: () => Date.now() });
});
afterEach(async () => {
  await heard.stop();
  await server.stop();
  if (sink.breaches.length > 0) throw new RangeError(sink.breaches.join('; '));
});

async function start(
  vendor: 'finnhub' | 'binance',
  more: { stallMs?: number; lifeMs?: number; clock?: Clock } = {},
): Promise<void> {
  const { stallMs = 60_000, lifeMs, clock = hastyClock() } = more;
  const protocol = () =>
    vendor === 'finnhub'
      ? finnhubProtocol(server.url, 'key', 'finnhub', ['AAPL', 'MSFT'])
      : binanceProtocol(server.url, 'binance-spot', ['BTCUSDT', 'ethusdt'], lifeMs);
  heard = new HeardFeed(new SocketFeed({ protocol, stallMs, clock, random: systemRandom, logger: silentLogger }), sink);
  await waitUntil('it is connected', () => heard.statuses.some(({ state }) => state === 'live'));
}

function say(text: string): void {
  server.current?.send(text);
}

function finnhub(...prices: number[]): string {
  const data = prices.map((p) => ({ c: null, p, s: 'AAPL', t: Date.now(), v: 1 }));
  return JSON.stringify({ data, type: 'trade' });
}

function binance(id: number, s: string = 'BTCUSDT'): string {
  const now = Date.now();
  const data = { e: 'trade', E: now, s, t: id, p: '61837.63000000', q: '0.00153000', T: now, m: true, M: true };
  return JSON.stringify({ stream: `${s.toLowerCase()}@trade`, data });
}

async function durable(ticks: number): Promise<void> {
  await waitUntil(`${ticks} ticks are durable`, () => sink.rows.length === ticks);
}

/** Breaks the connection and waits for the next one. */
async function breakBy(how: () => void): Promise<void> {
  const before = server.sockets.length;
  how();
  await waitUntil(
    'it is connected again',
    () => server.sockets.length > before && heard.statuses.at(-1)?.state === 'live',
  );
}

test('it says what it wants, and keeps its key out of what people read', async () => {
  await start('finnhub');
  await waitUntil('it subscribed', () => (server.current?.heard.length ?? 0) === 2);
  expect(server.current?.url).toBe('/?token=key');
  expect(server.current?.heard).toEqual([
    '{"type":"subscribe","symbol":"AAPL"}',
    '{"type":"subscribe","symbol":"MSFT"}',
  ]);
  expect(JSON.stringify(heard.statuses)).not.toContain('key');
});

test('without ids every break is a gap, and the next connection is another publisher', async () => {
  await start('finnhub');
  say(finnhub(1, 2));
  await durable(2);
  await breakBy(() => server.current?.close(1001, 'going away'));
  say(finnhub(3));
  await durable(3);
  expect(sink.publishers.size).toBe(2);
  expect(heard.gaps).toHaveLength(1);
  expect(heard.gaps[0]?.reason).toContain('the server closed with code 1001 (going away)');
  expect((heard.gaps[0]?.toNs ?? 0n) - (heard.gaps[0]?.fromNs ?? 0n)).toBeGreaterThanOrEqual(0n);
  expect(heard.states).toEqual(['connecting', 'live', 'waiting', 'connecting', 'live']);
});

test('a line that is cut inside a message loses that message, and is a gap', async () => {
  await start('finnhub');
  say(finnhub(1));
  await durable(1);
  await breakBy(() => server.current?.cutInside(finnhub(2, 3)));
  say(finnhub(4));
  await durable(2);
  expect(heard.gaps).toHaveLength(1);
});

test('a server that falls silent is left, and the silence is a gap', async () => {
  await start('finnhub', { stallMs: 150 });
  say(finnhub(1));
  await durable(1);
  await breakBy(() => undefined);
  expect(heard.gaps[0]?.reason).toContain('the server was silent for 0.15 s');
});

test('pings keep a quiet connection alive', async () => {
  await start('finnhub', { stallMs: 300 });
  const pinging = setInterval(() => say('{"type":"ping"}'), 50);
  await new Promise<void>((resolve) => setTimeout(resolve, 700));
  clearInterval(pinging);
  expect(server.sockets).toHaveLength(1);
  expect(heard.refusals).toEqual([]);
});

test('a server that refuses is tried again and again, with the reason told, and one gap for the whole outage', async () => {
  await start('finnhub');
  say(finnhub(1));
  await durable(1);
  server.refuses = true;
  server.current?.close(1012, 'restart');
  await waitUntil('it was refused', () => server.refusals >= 3);
  expect(heard.statuses.findLast(({ state }) => state === 'waiting')?.detail).toMatch(/refused|failed/);
  await breakBy(() => {
    server.refuses = false;
  });
  expect(heard.gaps).toHaveLength(1);
});

test('an outage that lasts until the stop is a gap too', async () => {
  await start('finnhub');
  say(finnhub(1));
  await durable(1);
  server.refuses = true;
  server.current?.close(1012, 'restart');
  await waitUntil('it was refused', () => server.refusals >= 1);
  await heard.stop();
  expect(heard.gaps.map(({ reason }) => reason)).toEqual([expect.stringContaining('closed with code 1012')]);
});

test('messages that are garbled, too long or binary are told and counted, and those beside them count', async () => {
  await start('finnhub');
  say(finnhub(1));
  say('{"type":"trade","data":[{"s":');
  say(`{"type":"trade","data":"${'x'.repeat(textCharsMax)}"}`);
  server.current?.sendBytes(new Uint8Array([1, 2, 3]));
  say('{"type":"error","msg":"Subscribing to too many symbols"}');
  say(finnhub(2));
  await durable(2);
  expect(heard.refusals.map(({ code }) => code)).toEqual([
    'MESSAGE_MALFORMED',
    'MESSAGE_TOO_LARGE',
    'MESSAGE_NOT_TEXT',
    'SERVER_ERROR',
  ]);
  const end = await heard.stop();
  expect(end).toEqual({ ticks: 2, refused: 4, gaps: 0 });
});

test('with ids a break is no gap by itself: repeats are dropped, and a jump is told with its size', async () => {
  await start('binance');
  expect(server.current?.url).toBe('/stream?streams=btcusdt@trade/ethusdt@trade');
  for (const id of [10, 11, 12]) say(binance(id));
  await durable(3);
  await breakBy(() => server.current?.close(1006 - 5, ''));
  for (const id of [11, 12, 13]) say(binance(id));
  await durable(4);
  expect(heard.gaps).toEqual([]);
  expect(sink.publishers.size).toBe(1);
  say(binance(18));
  say(binance(900, 'ETHUSDT'));
  await durable(6);
  expect(heard.gaps.map(({ reason }) => reason)).toEqual(['4 trades of BTCUSDT before id 18 never came']);
  expect(sink.rows.map(({ tradeId }) => tradeId)).toEqual(['10', '11', '12', '13', '18', '900']);
});

test('a garbled trade is missing by its id', async () => {
  await start('binance');
  say(binance(1));
  say(binance(2).slice(0, 60));
  say(binance(3));
  await durable(2);
  expect(heard.refusals.map(({ code }) => code)).toEqual(['MESSAGE_MALFORMED']);
  expect(heard.gaps.map(({ reason }) => reason)).toEqual(['1 trades of BTCUSDT before id 3 never came']);
});

test('a connection is renewed before its time is over, and nothing falls between', async () => {
  await start('binance', { lifeMs: 300 });
  let id = 0;
  // The exchange sends every trade to every connection.
  const speaking = setInterval(() => {
    id += 1;
    for (const socket of server.sockets) if (socket.isOpen) socket.send(binance(id));
  }, 2);
  await waitUntil('it was renewed twice', () => server.sockets.length >= 3 && !server.sockets[1]?.isOpen);
  clearInterval(speaking);
  await durable(id);
  expect(heard.gaps).toEqual([]);
  expect(heard.states).toEqual(['connecting', 'live']);
});

test('symbols and messages that were not asked for are told', async () => {
  await start('binance');
  say(binance(1, 'DOGEUSDT'));
  say('{"stream":"btcusdt@depth","data":{"e":"depthUpdate","s":"BTCUSDT"}}');
  say(binance(1));
  await durable(1);
  expect(heard.refusals.map(({ code }) => code)).toEqual(['SYMBOL_UNEXPECTED', 'MESSAGE_UNEXPECTED']);
});

test('ticks that the log takes too slowly wait, then are dropped and told, and memory stays bounded', async () => {
  sink = new MemorySink({ nowMs: () => Date.now(), room: 2_000 });
  await start('finnhub');
  const many = finnhub(...Array.from({ length: 5_000 }, (_, index) => index + 1));
  for (let count = 0; count < 25; count += 1) say(many);
  say(finnhub(777_777));
  await new Promise<void>((resolve) => setTimeout(resolve, 300));
  const settling = setInterval(() => sink.settle(), 1);
  const dropped = (): number =>
    heard.gaps.reduce((sum, { reason }) => sum + Number(/^(\d+) ticks were dropped/.exec(reason)?.[1] ?? 0), 0);
  await waitUntil('all are in or told', () => sink.rows.length + dropped() === 125_001);
  clearInterval(settling);
  expect(dropped()).toBeGreaterThan(10_000);
  expect(dropped()).toBeLessThanOrEqual(25_001);
});
