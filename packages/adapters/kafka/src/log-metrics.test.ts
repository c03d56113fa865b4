/** What is counted: appends, retries by code, refusals, fetches and stalls, under names that begin with tapeline_log. */
import { createMetrics } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { logMetrics } from './log-metrics.ts';

test('each event has its metric', async () => {
  const metrics = createMetrics({ ofProcess: false });
  const counted = logMetrics(metrics);
  counted.appended('s.ticks', 0.003, 10, 1_000);
  counted.retried('append', 'NOT_LEADER_OR_FOLLOWER');
  counted.refused('LOG_UNAVAILABLE', 3);
  counted.fetched('s.ticks', 7, 700);
  counted.fetchTook(0.02);
  counted.stalled();
  const text = await metrics.text();
  for (const line of [
    'tapeline_log_append_seconds_count{topic="s.ticks"} 1',
    'tapeline_log_appended_records_total{topic="s.ticks"} 10',
    'tapeline_log_appended_bytes_total{topic="s.ticks"} 1000',
    'tapeline_log_retries_total{what="append",code="NOT_LEADER_OR_FOLLOWER"} 1',
    'tapeline_log_refused_records_total{code="LOG_UNAVAILABLE"} 3',
    'tapeline_log_fetched_records_total{topic="s.ticks"} 7',
    'tapeline_log_fetched_bytes_total{topic="s.ticks"} 700',
    'tapeline_log_fetch_seconds_count 1',
    'tapeline_log_reader_stalls_total 1',
  ]) {
    expect(text).toContain(line);
  }
});
