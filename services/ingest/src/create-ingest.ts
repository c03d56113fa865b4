/**
 * Puts ingest together. In: `IngestParts`. Out: an `Ingest`. Everything that comes in, over gRPC or from a feed of the
 * process, goes through the same streams and lanes.
 */
import { tellAlive } from './alive.ts';
import { feedSinkOf } from './feed-sink.ts';
import { getPublisher } from './get-publisher-call.ts';
import { IngestCore } from './ingest-core.ts';
import { ingestDefinition } from './ingest-definition.ts';
import { rpcErrorOf, shuttingDown } from './ingest-refusal.ts';
import type { Ingest, IngestParts, IngestService } from './ingest-types.ts';
import { PublishCall, type UnreadCalls } from './publish-call.ts';
import { publishOnce } from './publish-once-call.ts';

/** How often calls are looked through for callers that take no responses, ms. */
const unreadCheckMs = 1_000;

/** How long a stop waits for callers to take their last acks, ms. */
const lastAcksMsMax = 2_000;

/** Starts ingest on a log; it takes work at once. */
export function createIngest(parts: IngestParts): Ingest {
  const core = new IngestCore(parts);
  const unread: UnreadCalls = new Set();
  const loops = Promise.all([tellAlive(core), checkUnread(core, unread)]);
  let stopped: Promise<void> | undefined;
  return {
    definition: ingestDefinition,
    service: serviceOf(core, unread),
    sink: feedSinkOf(core),
    status: () => ({
      ticksPerSecond: core.metrics.ticksPerSecond(),
      ticksTotal: core.metrics.ticksTotal,
      streamsOpen: core.streams.size,
    }),
    ready: async () => {
      await core.placing.ready();
      if (core.placing.lost !== undefined) throw core.placing.lost;
    },
    stop: async () => {
      stopped ??= stop(core, loops);
      await stopped;
    },
  };
}

function serviceOf(core: IngestCore, unread: UnreadCalls): IngestService {
  return {
    publish: (requests, call) => new PublishCall(core, requests, call).responses(unread),
    publishOnce: (request, call) => answered(core, () => publishOnce(core, request, call)),
    getPublisher: (request) => answered(core, async () => getPublisher(core, request)),
  };
}

/** The answer, or the refusal as gRPC sends it. */
async function answered<Answer>(core: IngestCore, answer: () => Promise<Answer>): Promise<Answer> {
  try {
    return await answer();
  } catch (error) {
    const refusal = rpcErrorOf(error);
    if (refusal instanceof Error && 'reason' in refusal) core.metrics.refused(String(refusal.reason));
    throw refusal;
  }
}

async function checkUnread(core: IngestCore, unread: UnreadCalls): Promise<void> {
  const { clock } = core.parts;
  const stop = core.stopping.signal;
  while (!stop.aborted) {
    await clock.sleep(unreadCheckMs, stop);
    for (const call of unread) call.checkRead(clock.monotonicMs());
  }
}

async function stop(core: IngestCore, loops: Promise<unknown>): Promise<void> {
  core.stopping.abort();
  for (const stream of core.streams) stream.shut();
  await Promise.all([loops, core.placing.stopFollowing()]);
  await Promise.allSettled(core.onceCalls);
  await Promise.all(core.lanes.map((lane) => lane.drain()));
  await core.placing.stopReporting();
  for (const stream of core.streams) stream.end(shuttingDown());
  // Streams of gRPC leave when their callers took the last ack; those of feeds when they are closed.
  const { clock } = core.parts;
  const endMs = clock.monotonicMs() + lastAcksMsMax;
  while (core.streams.size > 0 && clock.monotonicMs() < endMs) await clock.sleep(Math.min(20, lastAcksMsMax));
}
