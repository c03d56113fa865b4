/**
 * The bench of the whole market measures what it says: few ticks, real processes. In: tapes of a few thousand ticks. Out:
 * everything that was sent is counted, stored and seen; what the latencies are made of, by hand.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createHistogram } from 'node:perf_hooks';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WatchedTicks } from '../../bench/bar-watch.ts';
import { measureLatency } from '../../bench/latency-task.ts';
import { sendOpenLoop, wallMs } from '../../bench/open-loop.ts';
import { measurePlainMarket } from '../../bench/plain-market-task.ts';
import { symbolOf } from '../../bench/tape-generator.ts';
import { measureThroughput } from '../../bench/throughput-task.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tapeline-bench-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('all ticks of a small run are counted and stored, and its bars add up', async () => {
  const run = await measureThroughput({ folder: path.join(folder, 'throughput'), ticks: 21_000 });
  expect(run.ticks).toBe(21_000);
  expect(run.bars).toBeGreaterThan(500);
  expect(run.seconds).toBeGreaterThanOrEqual(run.ackedSeconds);
  expect(run.serverCpuSeconds).toBeGreaterThan(0);
  expect(Math.min(run.logBytes, run.storeBytes)).toBeGreaterThan(run.messageBytes);
}, 60_000);

test('every tick of the followed instruments gets a latency after the warm-up', async () => {
  const symbols = [0, 20].map(symbolOf);
  const load = { ticksPerSecond: 4_000, warmUpSeconds: 1, seconds: 1, batchMs: 5, symbols };
  const { measuredTicks, latencyMs } = await measureLatency({ ...load, folder: path.join(folder, 'latency') });
  // Both have 15.4 % of all ticks together.
  expect(measuredTicks).toBeGreaterThan(300);
  expect(measuredTicks).toBeLessThan(1_000);
  expect(latencyMs.p50).toBeGreaterThan(0);
  expect(latencyMs.max).toBeGreaterThanOrEqual(latencyMs.p99);
}, 60_000);

test('the yardstick market stores every tick and closes every bar', async () => {
  const { ticks, bars } = await measurePlainMarket({ folder: path.join(folder, 'plain'), ticks: 5_000 });
  expect(ticks).toBe(5_000);
  expect(bars).toBeGreaterThan(500);
}, 60_000);

test('a bar with n trades shows the first n ticks of its second, each once, those of the warm-up unmeasured', () => {
  const latencyUs = createHistogram();
  const ticks = new WatchedTicks(1_100, latencyUs);
  for (const [eventMs, dueMs] of [
    [1_000, 1_005],
    [1_200, 1_205],
    [1_999, 2_000],
  ] as const) {
    ticks.add('A', eventMs, dueMs);
  }
  ticks.show('A', 1, 2, 1_225);
  ticks.show('A', 1, 2, 1_500);
  ticks.show('B', 1, 9, 1_500);
  expect([latencyUs.count, ticks.waiting]).toEqual([1, 1]);
  // The histogram keeps three digits.
  expect(latencyUs.max / 1_000).toBeCloseTo(20, 1);
  ticks.show('A', 1, 3, 2_100);
  expect([latencyUs.count, ticks.waiting]).toEqual([2, 0]);
  expect(latencyUs.max / 1_000).toBeCloseTo(100, 0);
});

test('a batch goes out when it is due, whether those before were taken or not, and never early', async () => {
  const sentMs: number[] = [];
  const stream = {
    send: async (): Promise<void> => {
      sentMs.push(wallMs());
      await new Promise<void>(() => undefined);
    },
  };
  const startMs = wallMs();
  const dueMs = [10, 20, 30].map((ms) => startMs + ms);
  const late = await sendOpenLoop(
    stream,
    dueMs.map((due) => ({ dueMs: due, bytes: new Uint8Array(1) })),
    (error) => {
      throw error;
    },
  );
  expect(sentMs).toHaveLength(3);
  for (const [index, due] of dueMs.entries()) expect(sentMs[index]).toBeGreaterThanOrEqual(due);
  expect(late.count).toBe(3);
});
