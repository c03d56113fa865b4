/**
 * How a market ends when it is asked to: a first signal settles what is under way within the grace, a second one ends it
 * at once, at any point of its life. Law 3: every acknowledged tick is there afterwards. It ends by the signal.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '@tapeline/simulation';
import { afterAll, expect, test } from 'vitest';
import { written, zipOf } from '../../packages/adapters/recordings/test-kit/recording-files.ts';
import { leanDay } from '../oracle/generated-lean-day.ts';
import { BadCalls, handOf } from './bad-calls.ts';
import { HandPublisher } from './hand-publisher.ts';
import { makeTrades, pause } from './live-trades.ts';
import { runMarket, startMarket, startProcess } from './market-process.ts';
import { untilStatus } from './rest.ts';

const folder = mkdtempSync(join(tmpdir(), 'tapeline-stop-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s while publishing settles what was taken, and all of it is there',
  async (signal) => {
    const args = ['--feed', 'none', '--data-dir', mkdtempSync(join(folder, 'publish-'))];
    const first = await startMarket(args);
    let market = Promise.resolve(first);
    let isOver = false;
    const publisher = new HandPublisher('stop', async () => (await market).grpc, {
      resends: true,
      keepsIdentity: true,
    });
    const pace = { symbols: ['SA', 'SB'], count: 10, everyMs: 2 };
    const making = makeTrades(
      new Random(5),
      pace,
      () => isOver,
      (trade) => publisher.add(trade),
    );
    const pumping = publisher.pump(() => isOver);
    await pause(700);
    const beginMs = performance.now();
    const ending = await first.end(signal);
    const acknowledged = publisher.acknowledged;
    expect([ending.code, ending.signal]).toEqual([null, signal]);
    expect(performance.now() - beginMs).toBeLessThan(10_000);
    expect(ending.err).toContain('tapeline serve: stopping; what was acknowledged is kept');
    expect(ending.err).not.toMatch(/defect|ERROR/);
    expect(acknowledged).toBeGreaterThan(0);
    const again = await startMarket(args);
    // Before anything is sent again.
    const { ticksTotal } = await untilStatus(again.http, ({ lagMs }) => lagMs === 0);
    expect(ticksTotal).toBeGreaterThanOrEqual(acknowledged);
    market = Promise.resolve(again);
    isOver = true;
    await Promise.all([making, pumping]);
    await untilStatus(
      again.http,
      (status) => status.ticksTotal === publisher.taken && publisher.acknowledged === publisher.taken,
    );
    await again.end('SIGTERM');
  },
);

test.each([
  ['SIGTERM', 'SIGTERM'],
  ['SIGINT', 'SIGTERM'],
  ['SIGTERM', 'SIGINT'],
] as const)('%s and then %s ends at once, and what was acknowledged is there', async (signal, second) => {
  const args = [
    '--feed',
    'none',
    '--grace',
    '60s',
    '--http-request-time',
    '60s',
    '--data-dir',
    mkdtempSync(join(folder, 'twice-')),
  ];
  const market = await startMarket(args);
  const calls = new BadCalls(market.grpc);
  expect((await calls.once({ dataset: 'stop', ticks: [handOf('AAA')] })).accepted).toBe(1);
  // A request that never ends holds the drain back.
  const held = connect(Number(new URL(market.http).port), '127.0.0.1');
  held.on('error', () => undefined);
  await once(held, 'connect');
  held.write('GET / HTTP/1.1\r\nHost: localhost\r\n');
  expect((await fetch(`${market.http}/healthz`)).status).toBe(200);
  const ending = market.end(signal);
  await expect.poll(() => market.err(), { timeout: 10_000 }).toContain('again to end at once');
  const beginMs = performance.now();
  process.kill(market.pid, second);
  expect([signal, second]).toContain((await ending).signal);
  expect(performance.now() - beginMs).toBeLessThan(2_000);
  held.destroy();
  calls.close();
  const again = await startMarket(args);
  await untilStatus(again.http, ({ ticksTotal }) => ticksTotal === 1);
  await again.end('SIGTERM');
});

test('SIGTERM at any point of a start ends it, and the next start finds nothing in its way', async () => {
  const dataDir = mkdtempSync(join(folder, 'early-'));
  for (const afterMs of [0, 100, 200, 300, 400, 500, 700]) {
    const { child, ended } = startProcess(['--feed', 'none', '--data-dir', dataDir]);
    await pause(afterMs);
    child.kill('SIGTERM');
    const { signal, err } = await ended;
    expect(signal, `standard error: ${err}`).toBe('SIGTERM');
    expect(err).not.toMatch(/defect|ERROR/);
  }
  const market = await startMarket(['--feed', 'none', '--data-dir', dataDir]);
  expect((await fetch(`${market.http}/readyz`)).status).toBe(200);
  await market.end('SIGTERM');
});

test('SIGTERM in the middle of a replay ends it, and the next run brings the rest', async () => {
  const text = leanDay(79, 20_000, undefined);
  const path = written('GEN_20181123_trade.zip', zipOf({ name: '20181123_gen_trade_tick.csv', text }));
  const args = ['--replay', path, '--data-dir', mkdtempSync(join(folder, 'replay-'))];
  const market = await startMarket([...args, '--speed', '3000']);
  const { ticksTotal } = await untilStatus(market.http, (status) => status.ticksTotal > 100);
  const { signal, err } = await market.end('SIGTERM');
  expect(signal, `standard error: ${err}`).toBe('SIGTERM');
  expect(err).not.toMatch(/defect|ERROR/);
  const rest = await runMarket([...args, '--speed', 'max', '--once']);
  expect(rest.code, `standard error: ${rest.err}`).toBe(0);
  const { ticks } = JSON.parse(rest.out) as { ticks: number };
  const all = text.split('\n').length - 1;
  expect(ticks).toBeGreaterThan(0);
  expect(ticks).toBeLessThanOrEqual(all - ticksTotal);
  const last = await startMarket(['--feed', 'none', '--data-dir', args[3] ?? '']);
  await untilStatus(last.http, (status) => status.ticksTotal === all);
  await last.end('SIGTERM');
});
