/**
 * Latency of the market as processes: ingest, worker and query on one broker and one node, all on this machine. In: a load,
 * a stream and a keyspace of its own. Out: percentiles from the time at which a tick is due to be sent to the receipt of
 * the first bar that shows it, and what each process took.
 */
import { type LatencyLoad, type LatencyMeasure, type LoadedMarket, runLoad } from '../latency-task.ts';
import type { LogPlace, StorePlace } from './open-places.ts';
import { ServiceProcess } from './service-process.ts';

/** What to run. */
export type ClusterLatencyTask = { readonly log: LogPlace; readonly store: StorePlace; readonly load: LatencyLoad };

/** What was met. */
export type ClusterLatencyMeasure = LatencyMeasure & {
  /** CPU seconds of each process over its whole life, start included. */
  readonly cpuSeconds: { readonly ingest: number; readonly worker: number; readonly query: number };
};

/** Starts the processes, runs the load and ends them. */
export async function measureClusterLatency({ log, store, load }: ClusterLatencyTask): Promise<ClusterLatencyMeasure> {
  const started: ServiceProcess[] = [];
  const start = async (name: 'ingest' | 'worker' | 'query'): Promise<ServiceProcess> => {
    const service = await ServiceProcess.start(name, log, store);
    started.push(service);
    return service;
  };
  try {
    // The first of them makes topics and tables, which the others then find.
    const [ingest, worker, query] = [await start('ingest'), await start('worker'), await start('query')];
    const market: LoadedMarket = {
      ingest: ingest.grpc,
      query: query.grpc,
      taken: async () => {
        const all = started.map((service) => service.taken());
        return {
          cpuSeconds: all.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
          rssBytes: all.reduce((sum, { rssBytes }) => sum + rssBytes, 0),
        };
      },
    };
    const measure = await runLoad(market, load);
    const cpuOf = (service: ServiceProcess): number => service.taken().cpuSeconds;
    return { ...measure, cpuSeconds: { ingest: cpuOf(ingest), worker: cpuOf(worker), query: cpuOf(query) } };
  } finally {
    await Promise.allSettled(started.map((service) => service.end('SIGTERM')));
  }
}
