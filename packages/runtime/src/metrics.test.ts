/** What `/metrics` shows, which names are refused, and the bound of label sets. */
import { expect, test } from 'vitest';
import { createMetrics, type Metrics } from './metrics.ts';

function bare(labelSetsMax?: number): Metrics {
  return createMetrics({ ofProcess: false, ...(labelSetsMax === undefined ? {} : { labelSetsMax }) });
}

test('counters, gauges and histograms are shown with their labels', async () => {
  const metrics = bare();
  const ticks = metrics.counter('tapeline_ticks_total', 'Ticks.', ['feed']);
  ticks.add(2, { feed: 'a' });
  ticks.add(undefined, { feed: 'a' });
  const lag = metrics.gauge('tapeline_lag_seconds', 'Lag.');
  lag.set(3);
  lag.add(-1);
  metrics.histogram('tapeline_step_seconds', 'Step.', [0.1, 1]).observe(0.5);
  const lines = (await metrics.text()).split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      'tapeline_ticks_total{feed="a"} 3',
      'tapeline_lag_seconds 2',
      'tapeline_step_seconds_bucket{le="0.1"} 0',
      'tapeline_step_seconds_bucket{le="1"} 1',
      'tapeline_step_seconds_sum 0.5',
    ]),
  );
  expect(metrics.contentType).toMatch(/^text\/plain/);
});

test('two registries share nothing; Node’s own figures are there unless left out', async () => {
  const whole = createMetrics();
  whole.counter('tapeline_ticks_total', 'Ticks.').add();
  const text = await whole.text();
  for (const name of ['nodejs_eventloop_lag_seconds', 'nodejs_heap_size_used_bytes', 'nodejs_gc_duration_seconds']) {
    expect(text).toContain(name);
  }
  const other = await bare().text();
  expect(other).not.toContain('nodejs_');
  expect(other).not.toContain('tapeline_ticks_total');
});

test('the same name is the same metric; another shape under that name is refused', async () => {
  const metrics = bare();
  metrics.counter('tapeline_ticks_total', 'Ticks.', ['feed']).add(1, { feed: 'a' });
  metrics.counter('tapeline_ticks_total', 'Ticks.', ['feed']).add(1, { feed: 'a' });
  expect(await metrics.text()).toContain('tapeline_ticks_total{feed="a"} 2');
  expect(() => metrics.counter('tapeline_ticks_total', 'Ticks.', ['dataset'])).toThrow('give it a name of its own');
});

test.each([
  ['ticks_total', [], 'does not begin with tapeline_'],
  ['tapeline_Ticks_total', [], 'does not begin with tapeline_'],
  ['tapeline_ticks', [], 'counters end in _total'],
  ['tapeline_ticks_total', ['symbol'], 'has a label symbol'],
  ['tapeline_ticks_total', ['Feed'], 'has a label Feed'],
])('counter %s with labels %j is refused', (name, labels, message) => {
  expect(() => bare().counter(name, 'Ticks.', labels)).toThrow(message);
});

test('a gauge in _total and buckets that do not rise are refused', () => {
  expect(() => bare().gauge('tapeline_lag_total', 'Lag.')).toThrow('others do not');
  expect(() => bare().histogram('tapeline_step_seconds', 'Step.', [1, 1])).toThrow('do not rise');
});

test('beyond the bound a new label set is left out and counted; the old ones go on', async () => {
  const metrics = bare(2);
  const ticks = metrics.counter('tapeline_ticks_total', 'Ticks.', ['feed']);
  const lag = metrics.gauge('tapeline_lag_seconds', 'Lag.', ['feed']);
  for (const feed of ['a', 'b', 'c', 'd', 'a']) ticks.add(1, { feed });
  for (const feed of ['a', 'b', 'c']) lag.set(1, { feed });
  const text = await metrics.text();
  expect(text).toContain('tapeline_ticks_total{feed="a"} 2');
  expect(text).not.toContain('feed="c"');
  expect(text).toContain('tapeline_metrics_label_sets_refused_total{metric="tapeline_ticks_total"} 2');
  expect(text).toContain('tapeline_metrics_label_sets_refused_total{metric="tapeline_lag_seconds"} 1');
});

test('a metric without labels has no bound to reach', async () => {
  const metrics = bare(0);
  metrics.counter('tapeline_ticks_total', 'Ticks.').add(7);
  expect(await metrics.text()).toContain('tapeline_ticks_total 7');
});

test('a gauge that is removed is told no more, until it is set again', async () => {
  const metrics = bare();
  const lag = metrics.gauge('tapeline_lag_seconds', 'Lag.', ['partition']);
  lag.set(1, { partition: '0' });
  lag.set(2, { partition: '1' });
  lag.remove({ partition: '0' });
  lag.remove({ partition: '7' });
  expect(await metrics.text()).not.toContain('partition="0"');
  expect(await metrics.text()).toContain('tapeline_lag_seconds{partition="1"} 2');
  lag.set(3, { partition: '0' });
  expect(await metrics.text()).toContain('tapeline_lag_seconds{partition="0"} 3');
});
