/** The rate of ticks, as the status shows it. */
import { createMetrics, ManualClock } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { IngestMetrics } from './ingest-metrics.ts';

test('the rate is the mean of the last ten whole seconds, or of those since the start', async () => {
  const clock = new ManualClock(0);
  const metrics = new IngestMetrics(createMetrics({ ofProcess: false }), clock);
  expect(metrics.ticksPerSecond()).toBe(0);
  for (let second = 0; second < 5; second += 1) {
    metrics.settled(100, []);
    await clock.advance(1_000);
  }
  expect(metrics.ticksPerSecond()).toBe(100);
  await clock.advance(7_500);
  expect(metrics.ticksPerSecond()).toBe(30);
  await clock.advance(60_000);
  expect([metrics.ticksPerSecond(), metrics.ticksTotal]).toEqual([0, 500]);
});

test('ticks are counted by verdict and code, and symbols are no labels', async () => {
  const all = createMetrics({ ofProcess: false });
  const metrics = new IngestMetrics(all, new ManualClock(0));
  metrics.settled(3, [{ rejection: { code: 'FIELD_INVALID' } }, { rejection: { code: 'FIELD_INVALID' } }]);
  const text = await all.text();
  expect(text).toContain('tapeline_ingest_ticks_total{verdict="accepted",code=""} 3');
  expect(text).toContain('tapeline_ingest_ticks_total{verdict="rejected",code="FIELD_INVALID"} 2');
});
