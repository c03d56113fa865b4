/**
 * kill -9 while a client publishes by gRPC. Law 3: every acknowledged tick counts exactly once. The market is killed at
 * random points, also while it starts, and started again on its data directory; the client is one that keeps the
 * contract. The same test with a guard of the client off must see the damage, or it would see nothing at all.
 * TAPELINE_KILLS sets how often (50), TAPELINE_SEED the points.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '@tapeline/simulation';
import { expect, test } from 'vitest';
import type { PrintedBar } from '../oracle/printed-bars.ts';
import { type Guards, HandPublisher, type HandTrade } from './hand-publisher.ts';
import { expectedBars, makeTrades, pause, valuesOf } from './live-trades.ts';
import { type MarketProcess, startMarket } from './market-process.ts';
import { restBars, untilStatus } from './rest.ts';

const kills = Number(process.env['TAPELINE_KILLS'] ?? 50);
const seed = Number(process.env['TAPELINE_SEED'] ?? 1);
const symbols = ['KA', 'KB', 'KC'];
const pace = { symbols, count: 5, everyMs: 5 };

test(`every acknowledged trade counts once through ${kills} kills (TAPELINE_SEED=${seed})`, async () => {
  const { published, bars, publisher } = await publishThroughKills(kills, { resends: true, keepsIdentity: true });
  expect(publisher.acknowledged).toBe(published.length);
  expect(publisher.connections).toBeGreaterThan(kills / 4);
  for (const symbol of symbols) {
    expect(valuesOf(bars.get(symbol) ?? [])).toEqual(
      expectedBars(published.filter((trade) => trade.symbol === symbol)),
    );
  }
}, 600_000);

test('a client that does not send again what was not acknowledged loses trades', async () => {
  const { published, bars, publisher } = await publishThroughKills(8, { resends: false, keepsIdentity: true });
  const counted = [...bars.values()].flat().reduce((sum, bar) => sum + bar.trades, 0);
  expect(publisher.abandoned).toBeGreaterThan(0);
  // What follows a missing trade in its chain waits a minute of log time for it, so that not even all of it is counted yet.
  expect(counted).toBeLessThan(published.length);
}, 600_000);

test('a client that sends again under a new identity has trades counted twice', async () => {
  const { published, bars } = await publishThroughKills(12, { resends: true, keepsIdentity: false });
  const counted = [...bars.values()].flat().reduce((sum, bar) => sum + bar.trades, 0);
  expect(counted).toBeGreaterThan(published.length);
}, 600_000);

async function publishThroughKills(
  rounds: number,
  guards: Guards,
): Promise<{
  readonly published: readonly HandTrade[];
  readonly bars: ReadonlyMap<string, PrintedBar[]>;
  readonly publisher: HandPublisher;
}> {
  const random = new Random(seed);
  const dataDir = mkdtempSync(join(tmpdir(), 'tapeline-kill-'));
  const start = (): Promise<MarketProcess> =>
    startMarket(['--feed', 'none', '--data-dir', dataDir, '--snapshot-interval', '1s']);
  let market: Promise<MarketProcess> = start();
  const publisher = new HandPublisher('kill', async () => (await market).grpc, guards);
  const published: HandTrade[] = [];
  let isOver = false;
  const making = makeTrades(
    random,
    pace,
    () => isOver,
    (trade) => {
      published.push(trade);
      publisher.add(trade);
    },
  );
  const pumping = publisher.pump(() => isOver);
  // A failure of either is told where both are awaited.
  const settled = Promise.allSettled([making, pumping]);
  try {
    for (let round = 0; round < rounds; round += 1) {
      const { end } = await market;
      await Promise.race([pause(random.int(1, 700)), settled]);
      await end('SIGKILL');
      market = start();
    }
    isOver = true;
    await Promise.all([making, pumping]);
    const { http, end } = await market;
    // A live bar closes when the log's clock has passed it by its lateness.
    await untilStatus(
      http,
      ({ lagMs, partitions }) =>
        lagMs === 0 && partitions.every(({ nextOffset, endOffset }) => nextOffset === endOffset),
    );
    await pause(4_500);
    const bars = new Map<string, PrintedBar[]>();
    for (const symbol of symbols) bars.set(symbol, await restBars(http, symbol, { interval: '1s', profile: 'all' }));
    await end('SIGKILL');
    return { published, bars, publisher };
  } finally {
    isOver = true;
    await (await market).end('SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  }
}
