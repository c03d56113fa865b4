/**
 * Ingest's process on careless appends. In: the options of ingest, and TAPELINE_UNGUARDED, one of the careless ways. Out:
 * what services/ingest runs, on that log.
 */
import { backendProblems, isBackendProblem, type OnBackend, runOnBackend } from '@tapeline/backend';
import { grpcService, startGrpcServer } from '@tapeline/grpc';
import { createIngest, ingestConfigOf, knownInStore } from '@tapeline/ingest';
import { NotListeningError, type OptionValues, runProcess, untilStopped } from '@tapeline/runtime';
import { descriptorSet, errorDetails } from '@tapeline/wire';
import { type IngestProcessOptions, ingestProcessOptions } from '../../../services/ingest/src/process-options.ts';
import { carelessWays, withCarelessAppends } from './careless-log.ts';
import { variantVariable } from './worker-variants.ts';

const limits = { messageBytesMax: 4_194_304, streamsPerConnectionMax: 128, connectionsMax: 1_024 } as const;

await runProcess({
  name: 'ingest',
  about: 'Ingest for tests of faults.',
  table: ingestProcessOptions,
  problems: backendProblems,
  run: (values, parts) =>
    runOnBackend({ values, probes: values, aloneLimit: '', work: (on) => serve(on, values), ...parts }),
  isExpected: (error) => error instanceof NotListeningError || isBackendProblem(error),
});

async function serve(on: OnBackend, values: OptionValues<IngestProcessOptions>): Promise<void> {
  const { backend, clock, random, logger, metrics, health, stop } = on;
  const way = carelessWays.find((name) => name === process.env[variantVariable]);
  if (way === undefined) throw new RangeError(`${variantVariable} is none of ${carelessWays.join(', ')}`);
  const careless = await withCarelessAppends(backend.log, { brokers: values.kafka ?? [], stream: values.stream, way });
  const knownInstruments = knownInStore(backend.store);
  const config = ingestConfigOf(values);
  const ingest = createIngest({ log: careless.log, knownInstruments, clock, random, logger, metrics, config });
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
  logger.info('ingest takes ticks', { port: server.port, unguarded: way });
  await untilStopped(stop);
  await ingest.stop();
  await server.close(0);
  await careless.disconnect();
}
