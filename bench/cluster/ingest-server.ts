/**
 * Ingest under test: the program that `ServedChild` starts. In: a stream on Kafka. Out: a gRPC server that makes ticks
 * durable there, with the settings of the process; terms of instruments are as in a system that knows none of them yet.
 */
import { grpcService, startGrpcServer } from '@tapeline/grpc';
import { createIngest, ingestConfigDefaults } from '@tapeline/ingest';
import { createHealth, createLogger, createMetrics, systemClock, systemRandom } from '@tapeline/runtime';
import { descriptorSet, errorDetails } from '@tapeline/wire';
import { type LogPlace, openLog } from './open-places.ts';
import { serveParent } from './served-child.ts';

const limits = { messageBytesMax: 4_194_304, streamsPerConnectionMax: 128, connectionsMax: 1_024 } as const;
const graceMs = 5_000;

const log = await openLog(JSON.parse(process.argv[2] ?? 'null') as LogPlace);
const logger = createLogger({ name: 'ingest', level: 'warn', format: 'text' });
const metrics = createMetrics();
const ingest = createIngest({
  log,
  knownInstruments: { find: async () => undefined },
  clock: systemClock,
  random: systemRandom,
  logger,
  metrics,
  config: ingestConfigDefaults,
});
const server = await startGrpcServer({
  host: '127.0.0.1',
  port: 0,
  services: [grpcService(ingest.definition, ingest.service)],
  descriptorSet,
  health: createHealth(),
  limits,
  errorCodec: errorDetails,
  log: logger,
  metrics,
});
serveParent(server.port, async () => {
  server.stopAccepting();
  await ingest.stop();
  await server.close(graceMs);
  await log.close();
});
