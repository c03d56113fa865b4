/**
 * What a market shares with processes beside it. In: what it runs on. Out: its share of the partitions, and forming bars: on a
 * directory, all of them and those of its own worker; on servers, a share of them, told to query processes, and the forming
 * bars of every worker, its own among them.
 */
import { advertisedAddress, type Backend, type OnBackend } from '@tapeline/backend';
import { type FormingBars, type Ownership, ownsAll } from '@tapeline/domain';
import { processLimits, serveGrpc } from '@tapeline/grpc';
import { startRemoteForming } from '@tapeline/query';
import { descriptorSet, errorDetails } from '@tapeline/wire';
import { type Worker, workerService } from '@tapeline/worker';

/** What neighbours are found with; `host` is the address that the market listens on. */
export type NeighbourParts = Omit<OnBackend, 'stop'> & { readonly host: string };

/** The market among others. */
export type Neighbours = {
  readonly ownership: Ownership;
  readonly forming: FormingBars;
  /** The market's own worker, once it is there. */
  tell(worker: Worker): void;
  /** Ends what is between the processes; the worker gives its share back itself. May be called twice. */
  stop(): Promise<void>;
};

/** Joins them. Rejects with `BackendError`, or `NotListeningError`. */
export async function neighboursOf(parts: NeighbourParts): Promise<Neighbours> {
  const { backend } = parts;
  if (backend.workers === undefined) {
    const ownership = ownsAll(backend.log.partitionCount);
    return { ownership, forming: backend.forming, tell: () => undefined, stop: async () => undefined };
  }
  return joinedNeighbours(parts, backend.workers);
}

async function joinedNeighbours(parts: NeighbourParts, workers: NonNullable<Backend['workers']>): Promise<Neighbours> {
  const { backend, host, clock, random, logger, metrics } = parts;
  const own: { worker?: Worker } = {};
  const service = workerService({
    worker: {
      status: () => own.worker?.status() ?? [],
      totals: () => own.worker?.totals() ?? { ticks: 0, bars: 0, ticksPerSecond: 0 },
      servesForming: (...of) => own.worker?.servesForming(...of) ?? false,
    },
    forming: backend.forming,
    clock,
    logger,
    metrics,
  });
  const contract = { descriptorSet, errorCodec: errorDetails };
  const at = { 'grpc-host': host, 'grpc-port': 0 };
  const server = await serveGrpc({ at, on: parts, services: [service], limits: processLimits, ...contract });
  try {
    const ownership = await backend.joinWorkers(advertisedAddress(host, server.port));
    const remote = startRemoteForming({ workers, errorCodec: errorDetails, clock, random, logger, metrics });
    const stop = async (): Promise<void> => {
      await ownership.leave();
      await remote.stop();
      await server.close(0);
    };
    let stopped: Promise<void> | undefined;
    return {
      ownership,
      forming: remote.forming,
      tell: (worker) => void (own.worker = worker),
      stop: async () => (stopped ??= stop()),
    };
  } catch (error) {
    await server.close(0);
    throw error;
  }
}
