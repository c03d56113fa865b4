/** The check of `helm test`: it passes on a market that works, and tells what differs on one that does not. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BarJson } from '@tapeline/domain';
import { ManualClock } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { type CheckedMarket, checkMarket, type CheckTrade, MarketCheckError } from '../../image/src/check-market.ts';
import { startMarket } from '../standalone/market-process.ts';
import { root } from './rendered-chart.ts';

const nowMs = Date.UTC(2026, 0, 5, 15, 30, 10);

const good: BarJson = {
  dataset: 'tapeline-check',
  symbol: 'CHECK',
  interval: '1s',
  start: '2026-01-05T15:30:09Z',
  end: '2026-01-05T15:30:10Z',
  open: '100.25',
  high: '101.5',
  low: '99.75',
  close: '100.5',
  volume: '900',
  vwap: '100.291666667',
  trades: 5,
  revision: 6,
  state: 'closed',
  profile: 'all',
};

/** A market that makes these bars of what is published, one a look, the last one for good. */
class HandMarket implements CheckedMarket {
  readonly published: CheckTrade[] = [];
  readonly #bars: readonly (BarJson | undefined)[];
  #looks = 0;
  /** Starts of bars that are there before, ms. */
  readonly taken = new Set<number>();

  constructor(...bars: readonly (BarJson | undefined)[]) {
    this.#bars = bars;
  }

  async publish(trades: readonly CheckTrade[]): Promise<void> {
    this.published.push(...trades);
  }

  async readBar(_interval: string, start: Date): Promise<BarJson | undefined> {
    if (this.published.length === 0) return this.taken.has(start.getTime()) ? good : undefined;
    const bar = this.#bars[Math.min(this.#looks, this.#bars.length - 1)];
    this.#looks += 1;
    return bar;
  }
}

/** Checks it while time goes on; answers the bar or what went wrong. */
async function check(market: HandMarket): Promise<BarJson | Error> {
  const clock = new ManualClock(nowMs);
  const stop = new AbortController().signal;
  let answer: BarJson | Error | undefined;
  const done = checkMarket({ market, interval: '1s', intervalMs: 1_000, waitMs: 5_000, clock, stop }).then(
    (bar) => (answer = bar),
    (error: Error) => (answer = error),
  );
  for (let step = 0; step < 100 && answer === undefined; step += 1) await clock.advance(100);
  return done;
}

test('trades of the last whole second, all inside it and in order, come back as their bar', async () => {
  const market = new HandMarket(undefined, { ...good, state: 'forming' }, good);
  expect(await check(market)).toEqual(good);
  const times = market.published.map(({ time }) => time.getTime());
  expect(times).toEqual(times.toSorted((left, right) => left - right));
  expect(times.every((time) => time >= nowMs - 1_000 && time < nowMs)).toBe(true);
});

test('a bar that closed before all trades were counted is waited for', async () => {
  const early = { ...good, trades: 3, volume: '650' };
  expect(await check(new HandMarket(early, early, { ...good, state: 'revised' }))).toMatchObject({ state: 'revised' });
});

test('a bar that stays another is told with both numbers', async () => {
  const answer = await check(new HandMarket({ ...good, volume: '1800' }));
  expect(answer).toBeInstanceOf(MarketCheckError);
  expect((answer as Error).message).toContain('volume is 1800 and not 900');
});

test.each([
  ['is not there', undefined],
  ['is still forming', { ...good, state: 'forming' }],
])('a bar that %s at the bound is told, with the remedy', async (sentence, bar) => {
  const answer = (await check(new HandMarket(bar))) as Error;
  expect(answer.message).toContain(`${sentence} 5 s after its trades were acknowledged; look at the workers`);
});

test('two checks at once take different seconds', async () => {
  const market = new HandMarket(good);
  market.taken.add(nowMs - 1_000);
  await check(market);
  expect(market.published.every(({ time }) => time.getTime() < nowMs - 1_000)).toBe(true);
});

test('where others have checked in every second that is looked at, it says so and publishes nothing', async () => {
  const market = new HandMarket(good);
  for (let back = 1; back <= 16; back += 1) market.taken.add(nowMs - back * 1_000);
  const answer = (await check(market)) as Error;
  expect(answer.message).toContain('have trades of other checks');
  expect(market.published).toEqual([]);
});

test('on a real market the process ends with 0 and tells the bar; without one it ends with 2', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'tapeline-check-'));
  const market = await startMarket(['--feed', 'none', '--data-dir', folder]);
  try {
    const told = await runCheck(['--ingest', market.grpc, '--query', market.grpc]);
    expect(told).toMatchObject({ code: 0 });
    expect(told.err).toContain('\\"vwap\\":\\"100.291666667\\",\\"trades\\":5');
  } finally {
    await market.end('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  }
  const gone = await runCheck(['--ingest', market.grpc, '--query', market.grpc]);
  expect(gone.code).toBe(2);
  expect(gone.err.trim().split('\n')).toHaveLength(1);
});

function runCheck(args: readonly string[]): Promise<{ readonly code: number | null; readonly err: string }> {
  const entry = path.join(root, 'image/src/entry.ts');
  const child = spawn(process.execPath, ['--conditions=source', entry, 'check-market', ...args], { stdio: 'pipe' });
  let err = '';
  child.stderr.on('data', (piece: Buffer) => (err += piece.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, err })));
}
