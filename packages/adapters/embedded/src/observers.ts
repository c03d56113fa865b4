/**
 * What the embedded log and store count. In: commits and sizes. Out: metrics in base units, or nothing where nobody
 * asks. Symbols are never labels.
 */
import type { Metrics } from '@tapeline/runtime';

const commitBuckets = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** Hears of every commit. */
export type Observers = {
  readonly logCommit: (seconds: number, records: number, bytes: number) => void;
  readonly storeCommit: (seconds: number, calls: number) => void;
  /** Called when a database's use of the disk was read. */
  readonly uses: (logBytes: number, storeBytes: number) => void;
};

/** Observers that feed these metrics. */
export function observersOf(metrics: Metrics | undefined): Observers {
  if (metrics === undefined) return { logCommit: () => undefined, storeCommit: () => undefined, uses: () => undefined };
  const commits = metrics.histogram('tapeline_log_commit_seconds', 'Group commits of the embedded log', commitBuckets);
  const records = metrics.counter('tapeline_log_records_total', 'Records appended to the embedded log');
  const bytes = metrics.counter('tapeline_log_bytes_total', 'Bytes of records appended to the embedded log');
  const stores = metrics.histogram(
    'tapeline_store_commit_seconds',
    'Group commits of the embedded store',
    commitBuckets,
  );
  const calls = metrics.counter('tapeline_store_writes_total', 'Writes that the embedded store committed');
  const used = metrics.gauge('tapeline_embedded_used_bytes', 'Bytes of the databases that hold something', ['part']);
  return {
    logCommit: (seconds, recordCount, byteCount) => {
      commits.observe(seconds);
      records.add(recordCount);
      bytes.add(byteCount);
    },
    storeCommit: (seconds, callCount) => {
      stores.observe(seconds);
      calls.add(callCount);
    },
    uses: (logBytes, storeBytes) => {
      used.set(logBytes, { part: 'log' });
      used.set(storeBytes, { part: 'store' });
    },
  };
}
