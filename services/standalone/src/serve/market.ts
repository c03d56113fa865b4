/**
 * All services of Tapeline in one process, on one data directory. In: settings. Out: a market that takes ticks by gRPC
 * and from its feeds, and gives bars by gRPC, HTTP and the page. Here they are wired and ended in order; what each does
 * stands in its own service.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Feed } from '@tapeline/domain';
import { type Embedded, openEmbedded } from '@tapeline/embedded';
import { createFeeds } from '@tapeline/feed';
import { type GrpcServer, grpcService, startGrpcServer } from '@tapeline/grpc';
import { createIngest, type Ingest, ingestConfigOf, knownInStore } from '@tapeline/ingest';
import { type Query, queryConfigOf, startQuery } from '@tapeline/query';
import {
  createHealth,
  createMetrics,
  type Clock,
  drainWithin,
  type Health,
  type Logger,
  type Metrics,
  systemRandom,
} from '@tapeline/runtime';
import { descriptorSet, errorDetails, wireQuery } from '@tapeline/wire';
import { startWorker, type Worker, workerConfigOf } from '@tapeline/worker';
import { FeedRuns } from './feed-runs.ts';
import { keptReplays } from './kept-replays.ts';
import { marketStatus } from './market-status.ts';
import type { ServeSettings } from './serve-options.ts';
import { listenErrorOf, type ListenPlace } from './start-problem.ts';

/** Bounds of gRPC in one process; see `GrpcLimits`. */
const grpcLimits = { messageBytesMax: 4_194_304, streamsPerConnectionMax: 100, connectionsMax: 1_000 };

/** How long closing log and store may take after the grace, ms: what was acknowledged is on the disk already. */
const closeMsMax = 5_000;

/** A start that takes longer says what it waits for, ms. */
const longStartMs = 2_000;

/** What a market is started with. */
export type MarketParts = {
  readonly settings: ServeSettings;
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Gives the start up. */
  readonly stop: AbortSignal;
  /** Hears, once, what a start that takes long waits for. */
  readonly waits: (detail: string) => void;
};

/** The start was given up; nothing is left running. */
export class StartStoppedError extends Error {
  override name = 'StartStoppedError';
}

/** A market that runs. */
export type Market = {
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly limits: readonly string[];
  readonly feeds: FeedRuns;
  readonly worker: Worker;
  readonly store: Embedded['store'];
  readonly ingest: Ingest;
  /** Stops intake, settles what is under way, saves snapshots and closes; may be called twice. */
  stop(): Promise<void>;
};

type Services = {
  readonly embedded: Embedded;
  readonly worker: Worker;
  readonly ingest: Ingest;
  readonly feeds: FeedRuns;
  readonly health: Health;
  readonly metrics: Metrics;
  /** What is known only once it is open. */
  readonly open: { grpcPort?: number };
};

/**
 * Starts it. Rejects with an error whose message says what to do: a data directory that cannot be used, a port that is
 * taken, or that it was stopped; then nothing is left running.
 */
export async function startMarket(parts: MarketParts): Promise<Market> {
  const { settings, clock, logger } = parts;
  const dataDir = path.resolve(settings['data-dir']);
  const [health, metrics] = [createHealth(), createMetrics()];
  const embedded = await openEmbedded({
    dataDir,
    partitions: settings.partitions,
    retentionMs: settings.retention,
    ...(settings.quota === undefined ? {} : { quotaBytes: settings.quota }),
    clock,
    logger,
    metrics,
  });
  const undo: (() => Promise<void>)[] = [() => embedded.close()];
  try {
    const feeds = new FeedRuns(await makeFeeds(parts, dataDir), logger);
    const { log, store, forming } = embedded;
    const worker = startWorker({
      log,
      store,
      forming,
      clock,
      logger,
      metrics,
      health,
      config: workerConfigOf(settings, settings.retention),
    });
    undo.unshift(() => worker.stop());
    const ingest = createIngest({
      log,
      knownInstruments: knownInStore(store),
      clock,
      random: systemRandom,
      logger,
      metrics,
      config: ingestConfigOf(settings),
    });
    undo.unshift(() => ingest.stop());
    const services = { embedded, worker, ingest, feeds, health, metrics, open: {} as Services['open'] };
    const query = await serveQuery(parts, services, dataDir);
    undo.unshift(() => query.stop(0));
    // What the log holds is counted first, so that ingest knows every instrument that was ever acknowledged.
    await unlessStopped(worker.caughtUp(), parts, health);
    const grpc = await serveGrpc(parts, services, query);
    services.open.grpcPort = grpc.port;
    feeds.start(ingest.sink);
    return marketOf(parts, services, query, grpc);
  } catch (error) {
    for (const end of undo) await end();
    throw error;
  }
}

async function unlessStopped(work: Promise<void>, parts: MarketParts, health: Health): Promise<void> {
  const { stop, clock, waits } = parts;
  const settled = new AbortController();
  const stopped = new Promise<never>((_, reject) => {
    const refuse = (): void => reject(new StartStoppedError('stopped while it started'));
    if (stop.aborted) refuse();
    stop.addEventListener('abort', refuse, { signal: settled.signal });
  });
  const long = clock.sleep(longStartMs, settled.signal).then(() => {
    const waiting = health.report().parts.find(({ state }) => state !== 'ready');
    if (!settled.signal.aborted && waiting !== undefined) waits(`${waiting.part}: ${waiting.detail}`);
  });
  try {
    await Promise.race([work, stopped]);
  } finally {
    settled.abort();
    await long;
  }
}

async function makeFeeds({ settings, clock, logger }: MarketParts, dataDir: string): Promise<readonly Feed[]> {
  const replayRegister = await keptReplays(dataDir);
  return createFeeds(settings, { clock, random: systemRandom, logger, replayRegister });
}

async function serveQuery(parts: MarketParts, services: Services, dataDir: string): Promise<Query> {
  const { settings, clock, logger, version } = parts;
  const { embedded, ingest, worker, feeds, health, metrics, open } = services;
  const startedAt = new Date(clock.nowMs()).toISOString();
  const workerConfig = workerConfigOf(settings, settings.retention);
  const starting = startQuery({
    log: embedded.log,
    store: embedded.store,
    forming: embedded.forming,
    clock,
    logger,
    metrics,
    health,
    config: {
      ...queryConfigOf(settings),
      intervals: workerConfig.fold.intervals,
      profiles: workerConfig.fold.profiles,
    },
    status: () =>
      marketStatus({ version, startedAt, dataDir, ...open, limits: embedded.limits, ingest, worker, feeds }),
    webRoot: fileURLToPath(new URL('../../../../web/dist', import.meta.url)),
  });
  return listening(starting, { server: 'http', host: settings['http-host'], port: settings['http-port'] });
}

function serveGrpc({ settings, logger }: MarketParts, services: Services, query: Query): Promise<GrpcServer> {
  const { ingest, health, metrics } = services;
  const [host, port] = [settings['grpc-host'], settings['grpc-port']];
  const starting = startGrpcServer({
    host,
    port,
    services: [
      grpcService(ingest.definition, ingest.service),
      grpcService(wireQuery.QueryServiceDefinition, query.service),
    ],
    descriptorSet,
    health,
    limits: grpcLimits,
    errorCodec: errorDetails,
    log: logger,
    metrics,
  });
  return listening(starting, { server: 'grpc', host, port });
}

async function listening<Server>(starting: Promise<Server>, place: ListenPlace): Promise<Server> {
  try {
    return await starting;
  } catch (error) {
    throw listenErrorOf(place, error);
  }
}

function marketOf(
  { settings, clock, logger }: MarketParts,
  services: Services,
  query: Query,
  grpc: GrpcServer,
): Market {
  const { embedded, worker, ingest, feeds } = services;
  const graceMs = settings.grace;
  const stop = async (): Promise<void> => {
    await drainWithin({
      graceMs,
      clock,
      log: logger,
      steps: [
        { name: 'feeds', run: () => feeds.stop() },
        { name: 'new calls', run: () => grpc.stopAccepting() },
        // Ingest sends last acks, so the calls must still be open.
        { name: 'ingest', run: () => ingest.stop() },
        { name: 'worker', run: () => worker.stop() },
        { name: 'query', run: () => query.stop(graceMs) },
        { name: 'gRPC', run: () => grpc.close(graceMs) },
      ],
    });
    await drainWithin({
      graceMs: closeMsMax,
      clock,
      log: logger,
      steps: [{ name: 'data directory', run: () => embedded.close() }],
    });
  };
  let stopped: Promise<void> | undefined;
  return {
    httpPort: query.httpPort,
    grpcPort: grpc.port,
    limits: embedded.limits,
    feeds,
    worker,
    store: embedded.store,
    ingest,
    stop: async () => (stopped ??= stop()),
  };
}
