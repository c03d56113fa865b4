/**
 * A process of ingest alone. In: the values of its options and a stop. Out: a gRPC server on a log, until the stop; then
 * everything that was taken is settled. It says at start what an embedded directory cannot do.
 */
import { hostname } from 'node:os';
import { type OnBackend, runOnBackend } from '@tapeline/backend';
import { clientLimits, grpcService, serveGrpc } from '@tapeline/grpc';
import {
  drainWithin,
  type OptionValues,
  type ProcessParts,
  type RandomSource,
  unlessStopped,
  untilStopped,
} from '@tapeline/runtime';
import { descriptorSet, errorDetails } from '@tapeline/wire';
import { createIngest } from './create-ingest.ts';
import { ingestConfigOf } from './ingest-options.ts';
import { knownInStore } from './known-in-store.ts';
import type { IngestProcessOptions } from './process-options.ts';

type Values = OptionValues<IngestProcessOptions>;

const aloneLimit =
  'an embedded data directory serves one process: these ticks are stored, and no bars are made of them here';

/** Runs until `stop` fires. Rejects as `openBackend` and `serveIngest` do. */
export async function runIngest(values: Values, parts: ProcessParts): Promise<void> {
  await runOnBackend({ values, probes: values, aloneLimit, work: (on) => serveIngest(on, values), ...parts });
}

/** Serves on an open backend until the stop. Rejects with `LogError` where the maps are lost before it serves, or with `NotListeningError`. */
export async function serveIngest(on: OnBackend, values: Values): Promise<void> {
  const { backend, clock, random, logger, metrics, health, stop } = on;
  const { log, store, control } = backend;
  const config = ingestConfigOf(values);
  const lost = new AbortController();
  const ingest = createIngest({
    log,
    control: { log: control, writer: writerName(random) },
    knownInstruments: knownInStore(store),
    clock,
    random,
    logger,
    metrics,
    config,
    // It stays up and refuses: a start of its own accord would go on in another log, which nobody counts with this one.
    onLogReplaced: ({ message }) => {
      lost.abort();
      health.set('ingest', 'failed', `takes nothing any more: ${message}`);
    },
  });
  health.set(
    'ingest',
    'starting',
    'reads control, the topic of maps, to its end: before that nobody knows where ticks go',
  );
  try {
    await unlessStopped(ingest.ready(), on, () => undefined);
  } catch (error) {
    await ingest.stop();
    throw error;
  }
  const services = [grpcService(ingest.definition, ingest.service)];
  const contract = { descriptorSet, errorCodec: errorDetails };
  const server = await serveGrpc({ at: values, on, services, limits: clientLimits, ...contract });
  // A log that was replaced while the port was opened is not taken back.
  if (!lost.signal.aborted) health.set('ingest', 'ready', 'takes ticks');
  logger.info('ingest takes ticks', { host: values['grpc-host'], port: server.port, place: backend.place });
  await untilStopped(stop);
  health.set('ingest', 'failed', 'shuts down');
  const graceMs = values.grace;
  const steps = [
    { name: 'stop accepting', run: () => server.stopAccepting() },
    { name: 'settle ticks', run: () => ingest.stop() },
    { name: 'close gRPC', run: () => server.close(graceMs) },
  ];
  await drainWithin({ graceMs, clock, log: logger, steps });
}

/** What tells this process from every other one, and from itself before a restart. */
function writerName(random: RandomSource): string {
  return `${hostname().slice(0, 40)}/${random.bits(64).toString(16)}`;
}
