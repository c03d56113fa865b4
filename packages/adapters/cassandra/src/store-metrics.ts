/**
 * What the store counts. In: the process's metrics. Out: functions for the writer and the readers, names `tapeline_store_…`.
 * Law 8: nothing that is tried again, split or skipped is silent.
 */
import type { Metrics } from '@tapeline/runtime';

/** Counts of one store. */
export type StoreMetrics = {
  wrote(rows: number, bytes: number): void;
  failed(code: string): void;
  split(): void;
  load(underWay: number, window: number, waitingBytes: number): void;
  call(name: string, seconds: number): void;
  snapshotSkipped(reason: 'damaged' | 'incomplete'): void;
};

const secondsBuckets = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

/** Registers the metrics. */
export function storeMetrics(metrics: Metrics): StoreMetrics {
  const rows = metrics.counter('tapeline_store_rows_written_total', 'Rows that Cassandra took.');
  const bytes = metrics.counter('tapeline_store_bytes_written_total', 'Bytes of requests that Cassandra took.');
  const failures = metrics.counter('tapeline_store_failures_total', 'Requests that failed, by code.', ['code']);
  const splits = metrics.counter('tapeline_store_batches_split_total', 'Batches that were refused and split.');
  const underWay = metrics.gauge('tapeline_store_requests_in_flight', 'Write requests under way.');
  const window = metrics.gauge('tapeline_store_window_requests', 'Write requests that may be under way.');
  const waiting = metrics.gauge('tapeline_store_waiting_bytes', 'Bytes of writes that wait or are under way.');
  const seconds = metrics.histogram('tapeline_store_call_seconds', 'Time of calls of the store.', secondsBuckets, [
    'call',
  ]);
  const skipped = metrics.counter('tapeline_store_snapshots_skipped_total', 'Snapshots that could not be used.', [
    'reason',
  ]);
  return {
    wrote: (rowCount, byteCount) => {
      rows.add(rowCount);
      bytes.add(byteCount);
    },
    failed: (code) => failures.add(1, { code }),
    split: () => splits.add(),
    load: (requests, size, waitingBytes) => {
      underWay.set(requests);
      window.set(size);
      waiting.set(waitingBytes);
    },
    call: (name, time) => seconds.observe(time, { call: name }),
    snapshotSkipped: (reason) => skipped.add(1, { reason }),
  };
}
