/**
 * The figures of a worker's place in its group. In: the process's metrics. Out: what is counted, by names that say it.
 * Law 8: a silence, a crash and a failed commit each have their counter.
 */
import type { Counter, Gauge, Metrics } from '@tapeline/runtime';

/** What is counted. */
export type GroupMetrics = {
  readonly joins: Counter;
  readonly restarts: Counter;
  readonly silences: Counter;
  readonly silenceSeconds: Gauge;
  readonly commitFailures: Counter;
  readonly partitions: Gauge;
};

/** The metrics of membership. */
export function groupMetrics(metrics: Metrics): GroupMetrics {
  return {
    joins: metrics.counter('tapeline_group_joins_total', 'Times that the worker group gave partitions.'),
    restarts: metrics.counter('tapeline_group_crashes_total', 'Times that membership of the worker group broke off.'),
    silences: metrics.counter(
      'tapeline_group_silences_total',
      'Times that the worker group did not answer for longer than a session.',
    ),
    silenceSeconds: metrics.gauge(
      'tapeline_group_silence_seconds',
      'Seconds since the worker group last confirmed this worker.',
    ),
    commitFailures: metrics.counter('tapeline_group_commit_failures_total', 'Positions not told to Kafka.'),
    partitions: metrics.gauge('tapeline_group_partitions', "Partitions that are this worker's own."),
  };
}
