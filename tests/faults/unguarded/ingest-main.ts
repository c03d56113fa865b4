/**
 * Ingest's process whose appends can be those of the stock client. In: the options of ingest, and TAPELINE_UNGUARDED, which
 * is `acks-of-leader` or `fresh-identity`. Out: what services/ingest runs, on that log.
 */
import { backendProblems, isBackendProblem, type OnBackend, runOnBackend } from '@tapeline/backend';
import { grpcService, startGrpcServer } from '@tapeline/grpc';
import { createIngest, ingestConfigOf, knownInStore } from '@tapeline/ingest';
import { NotListeningError, type OptionValues, runProcess, untilStopped } from '@tapeline/runtime';
import { descriptorSet, errorDetails } from '@tapeline/wire';
import { type IngestProcessOptions, ingestProcessOptions } from '../../../services/ingest/src/process-options.ts';
import { withStockAppends } from './stock-log.ts';
import { variantVariable } from './worker-variants.ts';

const limits = { messageBytesMax: 4_194_304, streamsPerConnectionMax: 128, connectionsMax: 1_024 } as const;
const names = ['acks-of-leader', 'fresh-identity'] as const;

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
  const variant = names.find((name) => name === process.env[variantVariable]);
  if (variant === undefined) throw new RangeError(`${variantVariable} is none of ${names.join(', ')}`);
  const stock = await withStockAppends(backend.log, {
    brokers: values.kafka ?? [],
    stream: values.stream,
    acks: variant === 'acks-of-leader' ? 1 : -1,
    isIdentityFresh: variant === 'fresh-identity',
  });
  const knownInstruments = knownInStore(backend.store);
  const config = ingestConfigOf(values);
  const ingest = createIngest({ log: stock.log, knownInstruments, clock, random, logger, metrics, config });
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
  logger.info('ingest takes ticks', { port: server.port, unguarded: variant });
  await untilStopped(stop);
  await ingest.stop();
  await server.close(0);
  await stock.disconnect();
}
