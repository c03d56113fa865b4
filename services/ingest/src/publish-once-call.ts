/**
 * PublishOnce: a few ticks by hand. In: a request. Out: how many ticks are durable and which were refused, once all of
 * it is known. Law 7: so many calls at once. A call that ends without an answer may have been taken.
 */
import {
  domainOfOnce,
  type LogError,
  mayAcknowledge,
  newPublisher,
  publisherDrawBits,
  type PublishPart,
  takeOnce,
  type TakenOnce,
} from '@tapeline/domain';
import { RpcError } from '@tapeline/grpc';
import type { wireIngest } from '@tapeline/wire';
import { Bell } from './bell.ts';
import type { IngestCore } from './ingest-core.ts';
import { logRefusal, tooMany } from './ingest-refusal.ts';
import type { IngestCall } from './ingest-types.ts';
import { rejectionOf } from './publish-call.ts';

type WholeOnce = Exclude<TakenOnce, { readonly missing: readonly string[] }>;

/** Answers a call. Throws `PublishRefusedError` and `RpcError`. */
export async function publishOnce(
  core: IngestCore,
  request: wireIngest.PublishOnceRequest,
  call: IngestCall,
): Promise<wireIngest.PublishOnceResponse> {
  core.checkOpen();
  const { onceCallsMax } = core.parts.config;
  if (core.onceCalls.size >= onceCallsMax) throw tooMany('CALLS_TOO_MANY', onceCallsMax);
  const taken = takeCall(core, request, call);
  core.onceCalls.add(taken);
  try {
    return await taken;
  } finally {
    core.onceCalls.delete(taken);
  }
}

async function takeCall(
  core: IngestCore,
  request: wireIngest.PublishOnceRequest,
  call: IngestCall,
): Promise<wireIngest.PublishOnceResponse> {
  const { clock, random } = core.parts;
  const domain = domainOfOnce(request);
  const { dataset } = request;
  const { publisherId, timeDomain } = newPublisher(domain, clock.nowMs(), random.bits(publisherDrawBits));
  const identity = { publisherId, timeDomain, dataset, partitions: core.lanes.length };
  const { parts, rejects } = await core.withTerms<WholeOnce>(dataset, (context) =>
    takeOnce(request, identity, context),
  );
  core.metrics.batch('once');
  await Promise.race([Promise.all(parts.map((part) => appendPart(core, part, publisherId, dataset))), aborted(call)]);
  core.metrics.settled(0, rejects);
  return {
    accepted: parts.reduce((sum, { accepted }) => sum + accepted, 0),
    rejects: rejects.map(({ index, rejection }) => ({ index, rejection: rejectionOf(rejection) })),
    publisherId,
  };
}

/** Resolves once the part is durable. */
async function appendPart(core: IngestCore, part: PublishPart, publisherId: bigint, dataset: string): Promise<void> {
  const outcome = new Bell();
  let refusal: RpcError | undefined;
  const known = outcome.heard();
  await core.add(part, {
    isWanted: () => true,
    settled: ({ appendTimeMs }) => {
      if (mayAcknowledge(publisherId, appendTimeMs)) core.metrics.settled(part.accepted, []);
      else refusal = clocksDisagree(appendTimeMs);
      outcome.ring();
    },
    failed: (error: LogError) => {
      if (error.code !== 'LOG_UNAVAILABLE') core.forgetIntroduced(dataset, part);
      refusal = logRefusal(error);
      outcome.ring();
    },
  });
  await known;
  if (refusal !== undefined) throw refusal;
}

function clocksDisagree(appendTimeMs: number): RpcError {
  const message = `the log's clock, at ${appendTimeMs} ms of Unix time, is 8 days ahead of ingest's; set the clocks`;
  return new RpcError('UNAVAILABLE', 'LOG_UNAVAILABLE', message, { append_time_ms: String(appendTimeMs) });
}

/** Rejects when nobody waits for the answer any more. */
async function aborted({ signal }: IngestCall): Promise<never> {
  if (!signal.aborted) {
    const over = new Bell();
    signal.addEventListener('abort', () => over.ring(), { once: true });
    await over.heard();
  }
  const reason: unknown = signal.reason;
  throw reason instanceof Error ? reason : new RpcError('CANCELLED', '', 'the caller went away');
}
