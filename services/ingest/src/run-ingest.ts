/**
 * A process of ingest alone. In: the values of its options and a stop. Out: a gRPC server on an embedded log, until the
 * stop; then everything that was taken is settled. It says at start what an embedded directory cannot do.
 */
import { openEmbedded } from '@tapeline/embedded';
import { grpcService, startGrpcServer } from '@tapeline/grpc';
import {
  createHealth,
  createLogger,
  createMetrics,
  drainWithin,
  type OptionValues,
  systemClock,
  systemRandom,
} from '@tapeline/runtime';
import { descriptorSet, errorDetails } from '@tapeline/wire';
import { createIngest } from './create-ingest.ts';
import { ingestConfigOf, type IngestOptions } from './ingest-options.ts';
import { knownInStore } from './known-in-store.ts';
import type { ProcessOptions } from './process-options.ts';

/** Bounds of the server. */
const limits = { messageBytesMax: 4_194_304, streamsPerConnectionMax: 128, connectionsMax: 1_024 } as const;

const oneProcess =
  'an embedded data directory serves one process: these ticks are stored, and no bars are made of them here';

/** Runs until `stop` fires. Rejects with `EmbeddedError`, or with the server's error if it cannot listen. */
export async function runIngest(
  values: OptionValues<ProcessOptions & IngestOptions>,
  stop: AbortSignal,
): Promise<void> {
  const logger = createLogger({ name: 'ingest', level: values['log-level'], format: values['log-format'] });
  const [clock, random, metrics, health] = [systemClock, systemRandom, createMetrics(), createHealth()];
  const { 'data-dir': dataDir, partitions, retention: retentionMs } = values;
  const embedded = await openEmbedded({ dataDir, partitions, retentionMs, clock, logger, metrics });
  try {
    for (const limit of [...embedded.limits, oneProcess]) logger.info('limit', { limit });
    const { log, store } = embedded;
    const config = ingestConfigOf(values);
    const ingest = createIngest({ log, knownInstruments: knownInStore(store), clock, random, logger, metrics, config });
    const server = await startGrpcServer({
      host: values['grpc-host'],
      port: values['grpc-port'],
      services: [grpcService(ingest.definition, ingest.service)],
      descriptorSet,
      health,
      limits,
      errorCodec: errorDetails,
      log: logger,
      metrics,
    });
    health.set('ingest', 'ready', 'takes ticks');
    logger.info('ingest takes ticks', { host: values['grpc-host'], port: server.port, dataDir });
    await new Promise<void>((resolve) => {
      if (stop.aborted) resolve();
      else stop.addEventListener('abort', () => resolve(), { once: true });
    });
    const graceMs = values.grace;
    const steps = [
      { name: 'stop accepting', run: () => server.stopAccepting() },
      { name: 'settle ticks', run: () => ingest.stop() },
      { name: 'close gRPC', run: () => server.close(graceMs) },
    ];
    await drainWithin({ graceMs, clock, log: logger, steps });
  } finally {
    await embedded.close();
  }
}
