/**
 * Latency of the market as processes: ingest, worker and query on one broker and one node, all on this machine. In: a load,
 * a stream and a keyspace of its own. Out: percentiles from the time at which a tick is due to be sent to the receipt of
 * the first bar that shows it, and what each process took.
 */
import { type LatencyLoad, type LatencyMeasure, runLoad } from '../latency-task.ts';
import { MarketProcesses } from './market-processes.ts';
import type { LogPlace, StorePlace } from './open-places.ts';

/** What to run. */
export type ClusterLatencyTask = { readonly log: LogPlace; readonly store: StorePlace; readonly load: LatencyLoad };

/** What was met. */
export type ClusterLatencyMeasure = LatencyMeasure & {
  /** CPU seconds of each process over its whole life, start included. */
  readonly cpuSeconds: { readonly ingest: number; readonly worker: number; readonly query: number };
};

/** Starts the processes, runs the load and ends them. */
export async function measureClusterLatency({ log, store, load }: ClusterLatencyTask): Promise<ClusterLatencyMeasure> {
  const market = await MarketProcesses.start(log, store, 1);
  try {
    const measure = await runLoad(market.loaded(), load);
    const { ingest, workers, query } = market.taken();
    const worker = workers.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
    return { ...measure, cpuSeconds: { ingest: ingest.cpuSeconds, worker, query: query.cpuSeconds } };
  } finally {
    await market.end();
  }
}
