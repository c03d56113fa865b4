/** The names that dashboards of controller-runtime read, out of the process's own metrics. */
import { createMetrics } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import {
  callCounter,
  controllerMetrics,
  eventCounter,
  foreignMetricPrefixes,
  informerMetrics,
  leaderGauge,
} from '../../../operator/src/runtime/controller-metrics.ts';

test('every metric is there under its usual name and with its usual labels', async () => {
  const metrics = createMetrics({ ofProcess: false, foreignPrefixes: foreignMetricPrefixes });
  const controller = controllerMetrics(metrics, 'tickstream');
  const { queue } = controller;
  queue.added();
  queue.depth(2);
  queue.taken(50);
  queue.done(70);
  queue.retried();
  queue.refused();
  controller.reconciled('error', 120);
  controller.reconciled('success', 30);
  controller.timedOut();
  controller.working(1, 3_000, 4_000);
  controller.workersMax(2);
  leaderGauge(metrics, 'tapeline-operator')(true);
  callCounter(metrics)({ method: 'GET', status: '200', host: 'kubernetes:443' });
  eventCounter(metrics)('written');
  const watched = informerMetrics(metrics, 'TickStream', 'n');
  watched.restarted('failed');
  watched.missed(1);
  watched.listed();
  watched.objects(7);
  const text = await metrics.text();
  const lines = [
    'controller_runtime_reconcile_total{controller="tickstream",result="success"} 1',
    'controller_runtime_reconcile_errors_total{controller="tickstream"} 1',
    'controller_runtime_reconcile_timeouts_total{controller="tickstream"} 1',
    'controller_runtime_reconcile_time_seconds_count{controller="tickstream"} 2',
    'controller_runtime_active_workers{controller="tickstream"} 1',
    'controller_runtime_max_concurrent_reconciles{controller="tickstream"} 2',
    'workqueue_depth{name="tickstream",controller="tickstream"} 2',
    'workqueue_adds_total{name="tickstream",controller="tickstream"} 1',
    'workqueue_retries_total{name="tickstream",controller="tickstream"} 1',
    'workqueue_queue_duration_seconds_sum{name="tickstream",controller="tickstream"} 0.05',
    'workqueue_work_duration_seconds_sum{name="tickstream",controller="tickstream"} 0.07',
    'workqueue_longest_running_processor_seconds{name="tickstream",controller="tickstream"} 3',
    'workqueue_unfinished_work_seconds{name="tickstream",controller="tickstream"} 4',
    'leader_election_master_status{name="tapeline-operator"} 1',
    'rest_client_requests_total{method="GET",host="kubernetes:443",code="200"} 1',
    'tapeline_operator_watch_restarts_total{kind="TickStream",reason="failed"} 1',
    'tapeline_operator_cache_misses_total{kind="TickStream"} 1',
    'tapeline_operator_cached_objects{kind="TickStream",namespace="n"} 7',
    'tapeline_operator_queue_refused_total{controller="tickstream"} 1',
    'tapeline_operator_events_total{outcome="written"} 1',
  ];
  expect(lines.filter((line) => !text.includes(`${line}\n`))).toEqual([]);
});

test('names of others are refused where they are not allowed', () => {
  expect(() => controllerMetrics(createMetrics({ ofProcess: false }), 'tickstream')).toThrow(RangeError);
});
