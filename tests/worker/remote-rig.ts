/**
 * Workers' forming bars behind real gRPC on loopback, and a query process that listens. In: which worker owns what. Out:
 * servers with a hub each, and the remote forming bars, all closed at the end of the test.
 */
import type { FormingBars, Workers } from '@tapeline/domain';
import { SharedFormingBars } from '@tapeline/embedded';
import { connectGrpc, type GrpcChannel, startGrpcServer } from '@tapeline/grpc';
import { createHealth, createMetrics, type Metrics, silentLogger, systemClock, systemRandom } from '@tapeline/runtime';
import { descriptorSet, errorDetails } from '@tapeline/wire';
import { type PartitionStatus, workerService, type WorkerServiceParts } from '@tapeline/worker';
import { onTestFinished } from 'vitest';
import { type RemoteForming, startRemoteForming } from '../../services/query/src/bars/remote-forming-bars.ts';

const limits = { messageBytesMax: 4_194_304, streamsPerConnectionMax: 16, connectionsMax: 64 };

/** One worker's server. */
export type WorkerServer = {
  readonly address: string;
  readonly hub: FormingBars;
  readonly metrics: Metrics;
  /** Ends all streams and the server. */
  close(): Promise<void>;
};

/** A worker that owns these partitions, or one that is given. */
export async function serveWorker(
  owned: readonly number[] | WorkerServiceParts['worker'],
  hub: FormingBars = new SharedFormingBars(silentLogger),
): Promise<WorkerServer> {
  const metrics = createMetrics({ ofProcess: false });
  const worker: WorkerServiceParts['worker'] =
    'status' in owned
      ? owned
      : {
          status: () => owned.map(statusOf),
          totals: () => ({ ticks: 7, bars: 3, ticksPerSecond: 1.5 }),
          servesForming: (partition) => owned.includes(partition),
        };
  const server = await startGrpcServer({
    host: '127.0.0.1',
    port: 0,
    services: [workerService({ worker, forming: hub, clock: systemClock, logger: silentLogger, metrics })],
    descriptorSet,
    health: createHealth(),
    limits,
    errorCodec: errorDetails,
    log: silentLogger,
    metrics,
  });
  const close = (): Promise<void> => server.close(0);
  onTestFinished(close);
  return { address: `127.0.0.1:${server.port}`, hub, metrics, close };
}

/** The owners as a test says them, from now on. */
export class NamedWorkers implements Workers {
  asked = 0;
  #owners: ReadonlyMap<number, string> | Error = new Map();

  /** Partition 0 is owned by the first, and so on; or nobody can say. */
  name(owners: readonly string[] | Error): void {
    this.#owners = owners instanceof Error ? owners : new Map(owners.map((address, partition) => [partition, address]));
  }

  async addresses(): Promise<ReadonlyMap<number, string>> {
    this.asked += 1;
    if (this.#owners instanceof Error) throw this.#owners;
    return this.#owners;
  }
}

/** The query's side. */
export function listen(workers: Workers): RemoteForming & { readonly metrics: Metrics } {
  const metrics = createMetrics({ ofProcess: false });
  const remote = startRemoteForming({
    workers,
    errorCodec: errorDetails,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    metrics,
  });
  onTestFinished(() => remote.stop());
  return { ...remote, metrics };
}

/** A client of one worker. */
export function channelTo(address: string): GrpcChannel {
  const channel = connectGrpc({ address, errorCodec: errorDetails });
  onTestFinished(() => channel.close());
  return channel;
}

/** Waits until something is so. Rejects after some seconds. */
export async function until(isSo: () => boolean, what: string): Promise<void> {
  for (let waits = 0; !isSo(); waits += 1) {
    if (waits > 2_000) throw new RangeError(`after many waits still not: ${what}`);
    await systemClock.sleep(5);
  }
}

function statusOf(partition: number): PartitionStatus {
  return {
    partition,
    state: 'running',
    detail: 'counts what comes',
    clockMs: 1_700_000_000_000,
    nextOffset: 10,
    endOffset: 12,
    lagRecords: 2,
    lagMs: 1.5,
    ticks: 100,
    bars: 9,
    problems: [],
  };
}
