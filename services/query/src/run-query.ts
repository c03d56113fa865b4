/**
 * A process of queries alone. In: the values of its options and a stop. Out: gRPC and HTTP on a log and a store, forming bars
 * from the workers of the stream, until the stop. It says at start what an embedded directory cannot do.
 */
import { readFileSync } from 'node:fs';
import { type OnBackend, runOnBackend } from '@tapeline/backend';
import { clientLimits, grpcService, serveGrpc } from '@tapeline/grpc';
import {
  drainWithin,
  listeningAt,
  type OptionValues,
  type ProcessParts,
  unlessStopped,
  untilStopped,
} from '@tapeline/runtime';
import { descriptorSet, errorDetails, wireQuery } from '@tapeline/wire';
import { type RemoteForming, startRemoteForming } from './bars/remote-forming-bars.ts';
import { joinControl } from './placement/join-control.ts';
import type { PlacementSource } from './placement/placement-source.ts';
import type { QueryProcessOptions } from './process-options.ts';
import { processStatus } from './process-status.ts';
import { queryConfigOf } from './query-config.ts';
import type { Query } from './query-parts.ts';
import { startQuery } from './start-query.ts';

type Values = OptionValues<QueryProcessOptions>;

const aloneLimit =
  'an embedded data directory serves one process: what is stored is shown, and nothing new is counted here';

/** Runs until `stop` fires. Rejects as `openBackend` does, or with `NotListeningError`. */
export async function runQuery(values: Values, parts: ProcessParts): Promise<void> {
  await runOnBackend({ values, aloneLimit, work: (on) => work(on, values), ...parts });
}

async function work(on: OnBackend, values: Values): Promise<void> {
  const { backend, clock, random, logger, metrics } = on;
  const { workers, log } = backend;
  const remote =
    workers === undefined
      ? undefined
      : startRemoteForming({ workers, errorCodec: errorDetails, clock, random, logger, metrics });
  const { basePartitions } = log;
  const control = joinControl({ control: backend.control, basePartitions, clock, random, logger });
  try {
    await unlessStopped(control.read, on, () => undefined);
    const starting = startServing(on, values, control.source, remote);
    const query = await unlessStopped(starting, on, (late) => late.stop(0));
    try {
      await Promise.race([serve(on, values, query), control.lost]);
    } finally {
      await query.stop(0);
    }
  } finally {
    await control.leave();
    await remote?.stop();
  }
}

function startServing(
  on: OnBackend,
  values: Values,
  control: PlacementSource,
  remote: RemoteForming | undefined,
): Promise<Query> {
  const { backend, clock, random, logger, metrics, health } = on;
  const { log, store, place } = backend;
  const { intervals, profiles, 'web-root': webRoot, 'http-host': host, 'http-port': port } = values;
  const facts = {
    version: version(),
    startedAt: new Date(clock.nowMs()).toISOString(),
    dataDir: place,
    limits: backend.kind === 'embedded' ? [...backend.limits, aloneLimit] : backend.limits,
  };
  const starting = startQuery({
    log,
    store,
    forming: remote?.forming ?? backend.forming,
    control,
    clock,
    random,
    logger,
    metrics,
    health,
    config: { ...queryConfigOf(values), intervals, profiles },
    status: () => processStatus(facts, remote),
    ...(webRoot === undefined ? {} : { webRoot }),
  });
  return listeningAt({ server: 'http', host, port }, starting);
}

async function serve(on: OnBackend, values: Values, query: Query): Promise<void> {
  const { clock, logger, stop } = on;
  const graceMs = values.grace;
  const services = [grpcService(wireQuery.QueryServiceDefinition, query.service)];
  const contract = { descriptorSet, errorCodec: errorDetails };
  const server = await serveGrpc({ at: values, on, services, limits: clientLimits, ...contract });
  logger.info('queries are answered', { grpcPort: server.port, httpPort: query.httpPort });
  await untilStopped(stop);
  const steps = [
    { name: 'stop accepting', run: () => server.stopAccepting() },
    { name: 'end streams', run: () => query.stop(graceMs) },
    { name: 'close gRPC', run: () => server.close(graceMs) },
  ];
  await drainWithin({ graceMs, clock, log: logger, steps });
}

function version(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { readonly version: string }).version;
}
