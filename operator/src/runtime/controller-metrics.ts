/**
 * What an operator's dashboards read. In: what queues, reconciles, watches, leases and calls do. Out: metrics under the names of
 * Kubernetes' controller-runtime and client-go, so that ready-made dashboards fit; what those lack is named `tapeline_operator_…`.
 */
import type { Metrics } from '@tapeline/runtime';
import type { QueueObserver } from './work-queue.ts';

/** How a reconcile ended. */
export type ReconcileOutcome = 'success' | 'error' | 'requeue' | 'requeue_after';

/** The metrics of one controller; times in ms. */
export type ControllerMetrics = {
  readonly queue: QueueObserver;
  reconciled(outcome: ReconcileOutcome, tookMs: number): void;
  timedOut(): void;
  /** What is only known when asked: work under way. */
  working(active: number, longestMs: number, unfinishedMs: number): void;
  workersMax(workers: number): void;
};

/** The metrics of one watched type. */
export type InformerMetrics = {
  restarted(reason: string): void;
  missed(objects: number): void;
  listed(): void;
  objects(count: number): void;
};

/** Upper bounds in seconds, of what takes from a cached no-op to a schema change. */
const secondsBuckets: readonly number[] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300];

/** Prefixes of names that are not `tapeline_…`; the process's `Metrics` have to allow them. */
export const foreignMetricPrefixes: readonly string[] = [
  'controller_runtime_',
  'workqueue_',
  'leader_election_',
  'rest_client_',
];

/** The metrics of a controller by its name. */
export function controllerMetrics(metrics: Metrics, controller: string): ControllerMetrics {
  const own = { controller };
  const reconciles = metrics.counter('controller_runtime_reconcile_total', 'Reconciles by result.', [
    'controller',
    'result',
  ]);
  const errors = metrics.counter('controller_runtime_reconcile_errors_total', 'Reconciles that failed.', [
    'controller',
  ]);
  const timeouts = metrics.counter('controller_runtime_reconcile_timeouts_total', 'Reconciles that ran out of time.', [
    'controller',
  ]);
  const times = metrics.histogram('controller_runtime_reconcile_time_seconds', 'Time of a reconcile.', secondsBuckets, [
    'controller',
  ]);
  const active = metrics.gauge('controller_runtime_active_workers', 'Workers at work.', ['controller']);
  const most = metrics.gauge('controller_runtime_max_concurrent_reconciles', 'Workers.', ['controller']);
  const longest = metrics.gauge(
    'workqueue_longest_running_processor_seconds',
    'How long the longest work under way has taken.',
    ['name', 'controller'],
  );
  const unfinished = metrics.gauge('workqueue_unfinished_work_seconds', 'How long work under way has taken in all.', [
    'name',
    'controller',
  ]);
  return {
    queue: queueObserver(metrics, controller),
    reconciled: (result, tookMs) => {
      reconciles.add(1, { controller, result });
      if (result === 'error') errors.add(1, own);
      times.observe(tookMs / 1_000, own);
    },
    timedOut: () => timeouts.add(1, own),
    working: (count, longestMs, unfinishedMs) => {
      active.set(count, own);
      longest.set(longestMs / 1_000, { name: controller, controller });
      unfinished.set(unfinishedMs / 1_000, { name: controller, controller });
    },
    workersMax: (workers) => most.set(workers, own),
  };
}

function queueObserver(metrics: Metrics, controller: string): QueueObserver {
  const labels = ['name', 'controller'];
  const own = { name: controller, controller };
  const depth = metrics.gauge('workqueue_depth', 'Keys that wait for a worker.', labels);
  const adds = metrics.counter('workqueue_adds_total', 'Keys added.', labels);
  const retries = metrics.counter('workqueue_retries_total', 'Keys added again after a failure.', labels);
  const waits = metrics.histogram('workqueue_queue_duration_seconds', 'Wait for a worker.', secondsBuckets, labels);
  const works = metrics.histogram('workqueue_work_duration_seconds', 'Work on a key.', secondsBuckets, labels);
  const refused = metrics.counter(
    'tapeline_operator_queue_refused_total',
    'Keys that a full queue did not take; the next relist brings them again.',
    ['controller'],
  );
  return {
    added: () => adds.add(1, own),
    depth: (keys) => depth.set(keys, own),
    taken: (waitedMs) => waits.observe(waitedMs / 1_000, own),
    done: (workedMs) => works.observe(workedMs / 1_000, own),
    retried: () => retries.add(1, own),
    refused: () => refused.add(1, { controller }),
  };
}

/** The metrics of a watched type by its kind, and its namespace if it is not all of them. */
export function informerMetrics(metrics: Metrics, kind: string, namespace = ''): InformerMetrics {
  const restarts = metrics.counter('tapeline_operator_watch_restarts_total', 'Watches that ended, by reason.', [
    'kind',
    'reason',
  ]);
  const misses = metrics.counter(
    'tapeline_operator_cache_misses_total',
    'Objects that a relist found otherwise than the watch had told.',
    ['kind'],
  );
  const lists = metrics.counter('tapeline_operator_lists_total', 'Full lists.', ['kind']);
  const objects = metrics.gauge('tapeline_operator_cached_objects', 'Objects in the cache.', ['kind', 'namespace']);
  return {
    restarted: (reason) => restarts.add(1, { kind, reason }),
    missed: (count) => misses.add(count, { kind }),
    listed: () => lists.add(1, { kind }),
    objects: (count) => objects.set(count, { kind, namespace }),
  };
}

/** Whether this process leads: 1 or 0. */
export function leaderGauge(metrics: Metrics, lease: string): (isLeader: boolean) => void {
  const gauge = metrics.gauge('leader_election_master_status', 'Whether this process holds the lease.', ['name']);
  gauge.set(0, { name: lease });
  return (isLeader) => gauge.set(isLeader ? 1 : 0, { name: lease });
}

/** Counts answers of the API server, by method, HTTP status and host. */
export function callCounter(
  metrics: Metrics,
): (facts: { readonly method: string; readonly status: string; readonly host: string }) => void {
  const calls = metrics.counter('rest_client_requests_total', 'Calls of the API server by status.', [
    'code',
    'host',
    'method',
  ]);
  return ({ method, status, host }) => calls.add(1, { method, host, code: status });
}

/** What the recorder of events did with them. */
export function eventCounter(metrics: Metrics): (outcome: 'written' | 'counted' | 'dropped' | 'failed') => void {
  const events = metrics.counter('tapeline_operator_events_total', 'Events by what became of them.', ['outcome']);
  return (outcome) => events.add(1, { outcome });
}
