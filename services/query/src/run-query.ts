/**
 * A process of queries alone. In: the values of its options and a stop. Out: gRPC and HTTP on an embedded log and store,
 * until the stop. It says at start what an embedded directory cannot do.
 */
import { openEmbedded } from '@tapeline/embedded';
import { grpcService, startGrpcServer } from '@tapeline/grpc';
import {
  createHealth,
  createLogger,
  createMetrics,
  drainWithin,
  type Logger,
  type OptionValues,
  systemClock,
} from '@tapeline/runtime';
import { descriptorSet, errorDetails, wireQuery } from '@tapeline/wire';
import type { ProcessOptions } from './process-options.ts';
import { queryConfigOf, type QueryOptions } from './query-config.ts';
import type { QueryOptionsOfProcess, StatusJson } from './query-parts.ts';
import { startQuery } from './start-query.ts';

/** Bounds of the server. */
const limits = { messageBytesMax: 4_194_304, streamsPerConnectionMax: 128, connectionsMax: 1_024 } as const;

const oneProcess =
  'an embedded data directory serves one process: what is stored is shown, and nothing new is counted here';

/** Runs until `stop` fires. Rejects with `EmbeddedError`, or with a server's error if it cannot listen. */
export async function runQuery(values: OptionValues<ProcessOptions & QueryOptions>, stop: AbortSignal): Promise<void> {
  const logger = createLogger({ name: 'query', level: values['log-level'], format: values['log-format'] });
  const [clock, metrics, health] = [systemClock, createMetrics(), createHealth()];
  const { 'data-dir': dataDir, partitions, retention: retentionMs, intervals, profiles } = values;
  const embedded = await openEmbedded({ dataDir, partitions, retentionMs, clock, logger, metrics });
  try {
    for (const limit of [...embedded.limits, oneProcess]) logger.info('limit', { limit });
    const { log, store, forming } = embedded;
    const status = statusOf(dataDir, [...embedded.limits, oneProcess]);
    const webRoot = values['web-root'];
    const config = { ...queryConfigOf(values), intervals, profiles };
    const options = { log, store, forming, clock, logger, metrics, health, config, status };
    await serve(webRoot === undefined ? options : { ...options, webRoot }, values, stop, logger);
  } finally {
    await embedded.close();
  }
}

async function serve(
  options: QueryOptionsOfProcess,
  values: OptionValues<ProcessOptions>,
  stop: AbortSignal,
  logger: Logger,
): Promise<void> {
  const { clock, metrics, health } = options;
  const query = await startQuery(options);
  const graceMs = values.grace;
  try {
    const server = await startGrpcServer({
      host: values['grpc-host'],
      port: values['grpc-port'],
      services: [grpcService(wireQuery.QueryServiceDefinition, query.service)],
      descriptorSet,
      health,
      limits,
      errorCodec: errorDetails,
      log: logger,
      metrics,
    });
    logger.info('queries are answered', { grpcPort: server.port, httpPort: query.httpPort });
    await new Promise<void>((resolve) => {
      if (stop.aborted) resolve();
      else stop.addEventListener('abort', () => resolve(), { once: true });
    });
    const steps = [
      { name: 'stop accepting', run: () => server.stopAccepting() },
      { name: 'end streams', run: () => query.stop(graceMs) },
      { name: 'close gRPC', run: () => server.close(graceMs) },
    ];
    await drainWithin({ graceMs, clock, log: logger, steps });
  } finally {
    await query.stop(0);
  }
}

function statusOf(dataDir: string, limitTexts: readonly string[]): () => StatusJson {
  const startedAt = new Date(systemClock.nowMs()).toISOString();
  return () => ({
    version: process.env['npm_package_version'] ?? '',
    startedAt,
    dataDir,
    limits: limitTexts,
    ticksPerSecond: 0,
    ticksTotal: 0,
    barsTotal: 0,
    lagMs: 0,
    feeds: [],
    partitions: [],
  });
}
