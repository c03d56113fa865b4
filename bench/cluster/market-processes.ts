/**
 * A market as processes: ingest, workers and query on one broker and one node. In: a stream, a keyspace, how many workers. Out:
 * the processes, what each took, and their end. Those that run are ended if one does not start.
 */
import type { LoadedMarket } from '../latency-task.ts';
import type { LogPlace, StorePlace } from './open-places.ts';
import type { ProcessTaken } from './process-taken.ts';
import { type ServiceName, ServiceProcess } from './service-process.ts';

/** What each took since it began. */
export type MarketTaken = {
  readonly ingest: ProcessTaken;
  readonly workers: readonly ProcessTaken[];
  readonly query: ProcessTaken;
};

/** Running processes. */
export class MarketProcesses {
  readonly ingest: ServiceProcess;
  readonly workers: readonly ServiceProcess[];
  readonly query: ServiceProcess;

  private constructor(ingest: ServiceProcess, workers: readonly ServiceProcess[], query: ServiceProcess) {
    this.ingest = ingest;
    this.workers = workers;
    this.query = query;
  }

  /** Starts them one after the other. Rejects with `ServiceFailedError`. */
  static async start(log: LogPlace, store: StorePlace, workers: number): Promise<MarketProcesses> {
    const started: ServiceProcess[] = [];
    const start = async (name: ServiceName): Promise<ServiceProcess> => {
      const service = await ServiceProcess.start(name, log, store);
      started.push(service);
      return service;
    };
    try {
      // The first of them makes topics and tables, which the others then find.
      const ingest = await start('ingest');
      const share: ServiceProcess[] = [];
      while (share.length < workers) share.push(await start('worker'));
      return new MarketProcesses(ingest, share, await start('query'));
    } catch (error) {
      await endAll(started);
      throw error;
    }
  }

  /** CPU time and memory of each. */
  taken(): MarketTaken {
    return {
      ingest: this.ingest.taken(),
      workers: this.workers.map((worker) => worker.taken()),
      query: this.query.taken(),
    };
  }

  /** As a load takes it; `seen` hears of what each took whenever the load asks. */
  loaded(seen: (taken: MarketTaken) => Promise<void> = async () => undefined): LoadedMarket {
    return {
      ingest: this.ingest.grpc,
      query: this.query.grpc,
      taken: async () => {
        const taken = this.taken();
        await seen(taken);
        return sumOf([taken.ingest, ...taken.workers, taken.query]);
      },
    };
  }

  /** Ends all. */
  async end(): Promise<void> {
    await endAll([this.ingest, ...this.workers, this.query]);
  }
}

async function endAll(services: readonly ServiceProcess[]): Promise<void> {
  await Promise.allSettled(services.map((service) => service.end('SIGTERM')));
}

function sumOf(all: readonly ProcessTaken[]): ProcessTaken {
  return {
    cpuSeconds: all.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
    rssBytes: all.reduce((sum, { rssBytes }) => sum + rssBytes, 0),
  };
}
