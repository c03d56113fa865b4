/**
 * kill -9 in the midst of a replay. The market is killed at random points, while it starts, replays, writes snapshots or
 * recovers, and started again with the same file; in the end its bars must be what SQL says of the file, and every tick
 * must have been counted once. TAPELINE_KILLS sets how often (50), TAPELINE_SEED the points.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { profileNames } from '@tapeline/domain';
import { Random } from '@tapeline/simulation';
import { expect, test } from 'vitest';
import { written, zipOf } from '../../packages/adapters/recordings/test-kit/recording-files.ts';
import { leanDay } from '../oracle/generated-lean-day.ts';
import { expectPrinted } from '../oracle/printed-bars.ts';
import type { Market } from '../oracle/sql/session-segments.ts';
import { runMarket, startMarket } from './market-process.ts';
import { restBars, untilStatus } from './rest.ts';

const kills = Number(process.env['TAPELINE_KILLS'] ?? 50);
const seed = Number(process.env['TAPELINE_SEED'] ?? 1);
const tradesAsked = 30_000;
const halfDay: Market = {
  kind: 'us',
  hours: [{ date: '2018-11-23', open: '2018-11-23T14:30:00Z', close: '2018-11-23T18:00:00Z' }],
};

test(`a replay through ${kills} kills gives the bars of one that was left alone (TAPELINE_SEED=${seed})`, async () => {
  const { path, ticks } = made();
  const dataDir = mkdtempSync(join(tmpdir(), 'tapeline-kill-'));
  try {
    await replayThroughKills(path, dataDir, kills, 100_000);
    const last = await runMarket(['--replay', path, '--speed', 'max', '--once', '--data-dir', dataDir]);
    expect(last.code, `standard error: ${last.err}`).toBe(0);
    const market = await startMarket(['--feed', 'none', '--data-dir', dataDir]);
    try {
      const { ticksTotal } = await untilStatus(market.http, ({ lagMs }) => lagMs === 0);
      expect(ticksTotal).toBe(ticks);
      for (const profile of profileNames) {
        for (const interval of ['1s', '1m', '1d']) {
          const bars = await restBars(market.http, 'GEN', { interval, profile });
          await expectPrinted(bars, [path], halfDay, interval, profile);
        }
      }
    } finally {
      await market.end('SIGKILL');
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}, 900_000);

test('a replay that is killed and not taken up again lacks ticks', async () => {
  const { path, ticks } = made();
  const dataDir = mkdtempSync(join(tmpdir(), 'tapeline-kill-'));
  try {
    await replayThroughKills(path, dataDir, 2, 3_000);
    const market = await startMarket(['--feed', 'none', '--data-dir', dataDir]);
    const { ticksTotal } = await untilStatus(market.http, ({ lagMs }) => lagMs === 0);
    await market.end('SIGKILL');
    expect(ticksTotal).toBeLessThan(ticks);
    expect(ticksTotal).toBeGreaterThan(0);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}, 300_000);

/** A day of trades, and how many; the day can end before as many as asked for were made. */
function made(): { readonly path: string; readonly ticks: number } {
  const text = leanDay(78, tradesAsked, undefined);
  const path = written('GEN_20181123_trade.zip', zipOf({ name: '20181123_gen_trade_tick.csv', text }));
  return { path, ticks: text.split('\n').length - 1 };
}

async function replayThroughKills(path: string, dataDir: string, rounds: number, speedMax: number): Promise<void> {
  const random = new Random(seed);
  for (let round = 0; round < rounds; round += 1) {
    // A run begins at the top, so its speed decides how far it gets: from a hundredth of the day to all of it.
    const speed = String(random.int(1_000, speedMax));
    const starting = startMarket([
      '--replay',
      path,
      '--speed',
      speed,
      '--data-dir',
      dataDir,
      '--snapshot-interval',
      '1s',
    ]);
    const market = await starting;
    await new Promise((resolve) => setTimeout(resolve, random.int(1, round === 0 ? 1_500 : 900)));
    await market.end('SIGKILL');
  }
}
