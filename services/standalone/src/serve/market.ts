/**
 * All services of Tapeline in one process, on one data directory or on Kafka and Cassandra. In: settings. Out: a market that takes ticks by gRPC
 * and from its feeds, and gives bars by gRPC, HTTP and the page. Here they are wired and ended in order; what each does
 * stands in its own service.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Backend, openBackend, openUnlessStopped, retentionMsOf } from '@tapeline/backend';
import { type Feed, streamPartitionsMax } from '@tapeline/domain';
import { createFeeds, FeedRuns, keptReplays } from '@tapeline/feed';
import { type GrpcServer, grpcService, serveGrpc } from '@tapeline/grpc';
import { createIngest, type Ingest, ingestConfigOf, knownInStore } from '@tapeline/ingest';
import { type Query, queryConfigOf, startQuery } from '@tapeline/query';
import {
  createHealth,
  createMetrics,
  type Clock,
  drainWithin,
  type Health,
  listeningAt,
  type Logger,
  type Metrics,
  systemRandom,
  unlessStopped,
} from '@tapeline/runtime';
import { descriptorSet, errorDetails, wireQuery } from '@tapeline/wire';
import { startWorker, type Worker, workerConfigOf } from '@tapeline/worker';
import { placementService } from '../placement/placement-service.ts';
import { type MarketPlacement, startPlacement } from '../placement/start-placement.ts';
import { marketStatus } from './market-status.ts';
import { type Neighbours, neighboursOf } from './neighbours.ts';
import type { ServeSettings } from './serve-options.ts';

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

/** A market that runs. */
export type Market = {
  readonly httpPort: number;
  readonly grpcPort: number;
  /** Where log and store are. */
  readonly place: string;
  readonly limits: readonly string[];
  readonly feeds: FeedRuns;
  readonly worker: Worker;
  readonly store: Backend['store'];
  readonly ingest: Ingest;
  /** Stops intake, settles what is under way, saves snapshots and closes; may be called twice. */
  stop(): Promise<void>;
};

type Services = {
  readonly backend: Backend;
  readonly neighbours: Neighbours;
  readonly placement: MarketPlacement;
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
 * taken, or with `StartStoppedError`; then nothing is left running, and
 * what a server still answers to an opening that was given up is closed as it comes.
 */
export async function startMarket(parts: MarketParts): Promise<Market> {
  const { settings, clock, logger, stop } = parts;
  const [health, metrics, random] = [createHealth(), createMetrics(), systemRandom];
  const own = { clock, logger, metrics, health, random, stop };
  const backend = await openUnlessStopped((opened) => openBackend(settings, opened), own);
  const undo: (() => Promise<void>)[] = [() => backend.close()];
  try {
    const feeds = new FeedRuns(await makeFeeds(parts, backend), logger);
    const { log, store, forming } = backend;
    const host = settings['grpc-host'];
    const joining = neighboursOf({ backend, host, clock, random, logger, metrics, health });
    const neighbours = await unlessStopped(joining, parts, (late) => late.stop());
    undo.unshift(() => neighbours.stop());
    const retentionMs = retentionMsOf(settings);
    const name = `standalone-${process.pid}-${random.bits(32).toString(16)}`;
    const placement = startPlacement({ backend, settings, retentionMs, name, clock, random, logger, metrics, health });
    undo.unshift(() => placement.stop());
    const worker = startWorker({
      log,
      store,
      forming,
      ownership: neighbours.ownership,
      control: placement.worker,
      clock,
      logger,
      metrics,
      health,
      config: workerConfigOf(settings, retentionMs),
    });
    neighbours.tell(worker);
    undo.unshift(() => worker.stop());
    const ingest = createIngest({
      log,
      knownInstruments: knownInStore(store),
      control: placement.ingest,
      clock,
      random,
      logger,
      metrics,
      config: ingestConfigOf(settings),
      onLogReplaced: ({ message }) => health.set('ingest', 'failed', `takes nothing any more: ${message}`),
    });
    undo.unshift(() => ingest.stop());
    const open: Services['open'] = {};
    const services = { backend, neighbours, placement, worker, ingest, feeds, health, metrics, open };
    const query = await unlessStopped(serveQuery(parts, services), parts, (late) => late.stop(0));
    undo.unshift(() => query.stop(0));
    // What the log holds is counted first, so that ingest knows every instrument that was ever acknowledged.
    await toldIfLong(
      unlessStopped(worker.caughtUp(), parts, () => undefined),
      parts,
      health,
    );
    // By which map ticks are placed has to be known before one is taken (W4).
    await unlessStopped(ingest.ready(), parts, () => undefined);
    const grpc = await openGrpc(parts, services, query);
    services.open.grpcPort = grpc.port;
    feeds.start(ingest.sink);
    return marketOf(parts, services, query, grpc);
  } catch (error) {
    for (const end of undo) await end();
    throw error;
  }
}

async function toldIfLong(work: Promise<void>, { clock, waits }: MarketParts, health: Health): Promise<void> {
  const settled = new AbortController();
  const long = clock.sleep(longStartMs, settled.signal).then(() => {
    const waiting = health.report().parts.find(({ state }) => state !== 'ready');
    if (!settled.signal.aborted && waiting !== undefined) waits(`${waiting.part}: ${waiting.detail}`);
  });
  try {
    await work;
  } finally {
    settled.abort();
    await long;
  }
}

async function makeFeeds({ settings, clock, logger }: MarketParts, { kind, log }: Backend): Promise<readonly Feed[]> {
  const dataDir = path.resolve(settings['data-dir']);
  if (kind === 'embedded') {
    return createFeeds(settings, { clock, random: systemRandom, logger, replayRegister: await keptReplays(dataDir) });
  }
  await mkdir(dataDir, { recursive: true });
  // Another log knows nothing of what was replayed into the one before it.
  const identity = (await log.identity('ticks')).replaceAll(/[^\w-]/g, '_');
  const replayRegister = await keptReplays(dataDir, identity);
  return createFeeds(settings, { clock, random: systemRandom, logger, replayRegister });
}

async function serveQuery(parts: MarketParts, services: Services): Promise<Query> {
  const { settings, clock, logger, version } = parts;
  const { backend, neighbours, placement, ingest, worker, feeds, health, metrics, open } = services;
  const { log, store, place: dataDir, limits } = backend;
  const startedAt = new Date(clock.nowMs()).toISOString();
  const workerConfig = workerConfigOf(settings, retentionMsOf(settings));
  const starting = startQuery({
    log,
    store,
    forming: neighbours.forming,
    control: placement.lead.follower,
    clock,
    logger,
    metrics,
    health,
    config: {
      ...queryConfigOf(settings),
      intervals: workerConfig.fold.intervals,
      profiles: workerConfig.fold.profiles,
    },
    status: () => marketStatus({ version, startedAt, dataDir, ...open, limits, ingest, worker, feeds }),
    webRoot: fileURLToPath(new URL('../../../../web/dist', import.meta.url)),
  });
  return listeningAt({ server: 'http', host: settings['http-host'], port: settings['http-port'] }, starting);
}

function openGrpc({ settings, logger, clock }: MarketParts, services: Services, query: Query): Promise<GrpcServer> {
  const { backend, placement, ingest, health, metrics } = services;
  return serveGrpc({
    at: settings,
    on: { logger, metrics, health },
    services: [
      grpcService(ingest.definition, ingest.service),
      grpcService(wireQuery.QueryServiceDefinition, query.service),
      placementService({
        placement,
        store: backend.store,
        nowMs: () => clock.monotonicMs(),
        partitionsMax: streamPartitionsMax,
      }),
    ],
    limits: grpcLimits,
    descriptorSet,
    errorCodec: errorDetails,
  });
}

function marketOf(
  { settings, clock, logger }: MarketParts,
  services: Services,
  query: Query,
  grpc: GrpcServer,
): Market {
  const { backend, neighbours, placement, worker, ingest, feeds } = services;
  const graceMs = settings.grace;
  const stop = async (): Promise<void> => {
    await drainWithin({
      graceMs,
      clock,
      log: logger,
      steps: [
        { name: 'placement', run: () => placement.lead.stop() },
        { name: 'feeds', run: () => feeds.stop() },
        { name: 'new calls', run: () => grpc.stopAccepting() },
        // Ingest sends last acks, so the calls must still be open.
        { name: 'ingest', run: () => ingest.stop() },
        { name: 'worker', run: () => worker.stop() },
        { name: 'query', run: () => query.stop(graceMs) },
        { name: 'neighbours', run: () => neighbours.stop() },
        { name: 'gRPC', run: () => grpc.close(graceMs) },
      ],
    });
    await drainWithin({
      graceMs: closeMsMax,
      clock,
      log: logger,
      steps: [{ name: 'log and store', run: () => backend.close() }],
    });
  };
  let stopped: Promise<void> | undefined;
  return {
    httpPort: query.httpPort,
    grpcPort: grpc.port,
    place: backend.place,
    limits: backend.limits,
    feeds,
    worker,
    store: backend.store,
    ingest,
    stop: async () => (stopped ??= stop()),
  };
}
