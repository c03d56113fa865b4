/**
 * What the log counts. In: events of lanes and readers. Out: metrics `tapeline_log_*`. Law 8: each retry, refusal and
 * stall has a counter. Without metrics they cost nothing.
 */
import type { Metrics } from '@tapeline/runtime';

/** Events that are counted. */
export type LogMetrics = {
  /** A batch is in the log. */
  appended(topic: string, seconds: number, records: number, bytes: number): void;
  /** A batch, a fetch or a question is made again; `code` is Kafka's, or `connection`. */
  retried(what: 'append' | 'fetch', code: string): void;
  /** Appends that were given up. */
  refused(code: string, records: number): void;
  fetched(topic: string, records: number, bytes: number): void;
  /** How long a fetch took, its wait for new records included. */
  fetchTook(seconds: number): void;
  /** A reader ended because it got nothing although there is more. */
  stalled(): void;
};

const appendBuckets = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const fetchBuckets = [0.001, 0.005, 0.025, 0.1, 0.25, 1, 5];

/** Counters of a log; without `metrics` nothing is kept. */
export function logMetrics(metrics: Metrics | undefined): LogMetrics {
  if (metrics === undefined) {
    const nothing = (): void => undefined;
    return {
      appended: nothing,
      retried: nothing,
      refused: nothing,
      fetched: nothing,
      fetchTook: nothing,
      stalled: nothing,
    };
  }
  const seconds = metrics.histogram(
    'tapeline_log_append_seconds',
    'From the first record of a batch to its acknowledgement.',
    appendBuckets,
    ['topic'],
  );
  const records = metrics.counter('tapeline_log_appended_records_total', 'Records that were acknowledged.', ['topic']);
  const bytes = metrics.counter(
    'tapeline_log_appended_bytes_total',
    'Bytes of acknowledged batches as they were sent.',
    ['topic'],
  );
  const retries = metrics.counter('tapeline_log_retries_total', 'Requests that were made again, by the reason.', [
    'what',
    'code',
  ]);
  const refused = metrics.counter(
    'tapeline_log_refused_records_total',
    'Records whose append was rejected, by the code.',
    ['code'],
  );
  const fetchedRecords = metrics.counter('tapeline_log_fetched_records_total', 'Records that were read.', ['topic']);
  const fetchedBytes = metrics.counter('tapeline_log_fetched_bytes_total', 'Bytes of the values that were read.', [
    'topic',
  ]);
  const fetchSeconds = metrics.histogram(
    'tapeline_log_fetch_seconds',
    'Fetches, their wait for new records included.',
    fetchBuckets,
  );
  const stalls = metrics.counter(
    'tapeline_log_reader_stalls_total',
    'Readers that got nothing although the log has more.',
  );
  return {
    appended: (topic, took, count, size) => {
      seconds.observe(took, { topic });
      records.add(count, { topic });
      bytes.add(size, { topic });
    },
    retried: (what, code) => retries.add(1, { what, code }),
    refused: (code, count) => refused.add(count, { code }),
    fetched: (topic, count, size) => {
      fetchedRecords.add(count, { topic });
      fetchedBytes.add(size, { topic });
    },
    fetchTook: (took) => fetchSeconds.observe(took),
    stalled: () => stalls.add(),
  };
}
