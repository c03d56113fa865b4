/**
 * A process of queries that takes no notice of how fast its readers read. In: the options of query. Out: what services/query
 * runs, whose streams put every response at once into a queue without a bound, one for each reader.
 */
import { backendProblems, isBackendProblem, type OnBackend, runOnBackend } from '@tapeline/backend';
import { clientLimits, Encoded, grpcService, startGrpcServer } from '@tapeline/grpc';
import { type QueryService, queryConfigOf, startQuery } from '@tapeline/query';
import { NotListeningError, type OptionValues, runProcess, untilStopped } from '@tapeline/runtime';
import { descriptorSet, errorDetails, wireQuery } from '@tapeline/wire';
import { type QueryProcessOptions, queryProcessOptions } from '../../../services/query/src/process-options.ts';

/** A connection that is too slow to give a sign of life in time is not ended either, ms. */
const keepalive = { everyMs: 3_600_000, timeoutMs: 3_600_000 } as const;

await runProcess({
  name: 'query',
  about: 'Query for tests of faults.',
  table: queryProcessOptions,
  problems: backendProblems,
  run: (values, parts) => runOnBackend({ values, aloneLimit: '', work: (on) => serve(on, values), ...parts }),
  isExpected: (error) => error instanceof NotListeningError || isBackendProblem(error),
});

async function serve(on: OnBackend, values: OptionValues<QueryProcessOptions>): Promise<void> {
  const { backend, clock, random, logger, metrics, health, stop } = on;
  const { log, store, forming } = backend;
  const { intervals, profiles } = values;
  const query = await startQuery({
    log,
    store,
    forming,
    clock,
    random,
    logger,
    metrics,
    health,
    config: { ...queryConfigOf(values), intervals, profiles, waitingBytesMax: Infinity },
    status: () => {
      throw new Error('nobody asks for the status');
    },
  });
  const server = await startGrpcServer({
    host: values['grpc-host'],
    port: values['grpc-port'],
    services: [grpcService(wireQuery.QueryServiceDefinition, withoutPace(query.service))],
    descriptorSet,
    health,
    limits: clientLimits,
    keepalive,
    errorCodec: errorDetails,
    log: logger,
    metrics,
  });
  logger.info('queries are answered', { grpcPort: server.port, httpPort: query.httpPort });
  await untilStopped(stop);
  await server.close(0);
  await query.stop(0);
}

/** The streams, each read as fast as it comes. */
function withoutPace(service: QueryService): QueryService {
  return {
    ...service,
    streamBars: (request, call) => atOnce(service.streamBars(request, call)),
    streamTrades: (request, call) => atOnce(service.streamTrades(request, call)),
  };
}

/** Everything that comes, however much of it waits; responses that are encoded for all readers become each one's own. */
async function* atOnce<Response>(
  responses: AsyncIterable<Response | Encoded<Response>>,
): AsyncGenerator<Response | Encoded<Response>, void> {
  const waiting: (Response | Encoded<Response>)[] = [];
  const state = { isOver: false, wake: (): void => undefined };
  const reading = (async (): Promise<void> => {
    for await (const response of responses) {
      waiting.push(response instanceof Encoded ? ownCopy(response) : response);
      state.wake();
    }
  })();
  const over = (): void => {
    state.isOver = true;
    state.wake();
  };
  void reading.then(over, over);
  for (;;) {
    const next = waiting.shift();
    if (next !== undefined) yield next;
    else if (state.isOver) return reading;
    else {
      await new Promise<void>((resolve) => {
        state.wake = resolve;
      });
    }
  }
}

function ownCopy<Response>({ bytes }: Encoded<Response>): Encoded<Response> {
  const copy = Uint8Array.from(bytes);
  return new Encoded<Response>({ encode: () => ({ finish: () => copy }) }, undefined as Response);
}
