/**
 * What a query process counts. In: a registry. Out: its metrics by name, in base units. Symbols are never labels: there
 * are too many of them.
 */
import type { Counter, Gauge, Histogram, Metrics } from '@tapeline/runtime';

/** The metrics of a query process. */
export type QueryMetrics = {
  readonly streams: Gauge;
  readonly queueBytes: Gauge;
  readonly events: Counter;
  readonly conflated: Counter;
  readonly malformed: Counter;
  readonly httpRequests: Counter;
  readonly httpSeconds: Histogram;
  readonly httpConnectionsDropped: Counter;
};

const secondsBuckets = [0.001, 0.005, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];

/** Registers them. */
export function queryMetrics(metrics: Metrics): QueryMetrics {
  return {
    streams: metrics.gauge('tapeline_query_streams', 'Streams that run.', ['kind']),
    queueBytes: metrics.gauge('tapeline_query_queue_bytes', 'Bytes that wait for readers of streams.', ['topic']),
    events: metrics.counter('tapeline_query_events_total', 'Events sent to readers of streams.', ['kind']),
    conflated: metrics.counter(
      'tapeline_query_conflated_total',
      'Forming bars that a newer one replaced, or that were left out.',
    ),
    malformed: metrics.counter(
      'tapeline_query_records_malformed_total',
      'Records of bars and tape that could not be read.',
    ),
    httpRequests: metrics.counter('tapeline_query_http_requests_total', 'HTTP requests answered.', ['route', 'code']),
    httpSeconds: metrics.histogram(
      'tapeline_query_http_seconds',
      'Time from an HTTP request to its answer, streams left out.',
      secondsBuckets,
      ['route'],
    ),
    httpConnectionsDropped: metrics.counter(
      'tapeline_query_http_connections_dropped_total',
      'HTTP connections closed because the limit was reached.',
    ),
  };
}
