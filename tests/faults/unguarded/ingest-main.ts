/**
 * Ingest's process whose appends are made by the stock client. In: the options of ingest, and TAPELINE_UNGUARDED, which names
 * how. Out: what services/ingest runs, on that log.
 */
import { backendProblems, isBackendProblem, type OnBackend, runOnBackend } from '@tapeline/backend';
import { clientLimits, grpcService, serveGrpc } from '@tapeline/grpc';
import { createIngest, ingestConfigOf, knownInStore } from '@tapeline/ingest';
import { NotListeningError, type OptionValues, runProcess, untilStopped } from '@tapeline/runtime';
import { descriptorSet, errorDetails } from '@tapeline/wire';
import { type IngestProcessOptions, ingestProcessOptions } from '../../../services/ingest/src/process-options.ts';
import { withOtherAppends } from './other-appends.ts';
import { variantVariable } from './worker-variants.ts';

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
  const { backend, clock, random, logger, metrics, stop } = on;
  const variant = process.env[variantVariable] ?? '';
  const place = { brokers: values.kafka ?? [], stream: values.stream };
  const appends = await withOtherAppends(backend.log, place, variant);
  const knownInstruments = knownInStore(backend.store);
  const config = ingestConfigOf(values);
  const ingest = createIngest({ log: appends.log, knownInstruments, clock, random, logger, metrics, config });
  const services = [grpcService(ingest.definition, ingest.service)];
  const contract = { descriptorSet, errorCodec: errorDetails };
  const server = await serveGrpc({ at: values, on, services, limits: clientLimits, ...contract });
  logger.info('ingest takes ticks', { port: server.port, unguarded: variant });
  await untilStopped(stop);
  await ingest.stop();
  await server.close(0);
  await appends.disconnect();
}
