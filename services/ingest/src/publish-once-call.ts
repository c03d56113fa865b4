/**
 * PublishOnce: a few ticks by hand. In: a request. Out: how many ticks are durable and which were refused, once all of
 * it is known. Law 7: so many calls at once, and one counts until nothing of it waits for the log. A call that ends
 * without an answer may have been taken.
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
import { clocksDisagree, logRefusal, tooMany } from './ingest-refusal.ts';
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
  core.checkMap();
  const { onceCallsMax } = core.parts.config;
  if (core.onceCalls.size >= onceCallsMax) throw tooMany('CALLS_TOO_MANY', onceCallsMax);
  const taken = takeCall(core, request, call);
  core.onceCalls.add(taken);
  // Not before: what an ended call left in a lane takes room there.
  const over = (): void => void core.onceCalls.delete(taken);
  void taken.then(over, over);
  return Promise.race([taken, aborted(core, call)]);
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
  const identity = { publisherId, timeDomain, dataset };
  const { parts, rejects } = await core.withTerms<WholeOnce>(dataset, (context) =>
    takeOnce(request, identity, context),
  );
  core.metrics.batch('once');
  const appends = await Promise.allSettled(parts.map((part) => appendPart(core, part, publisherId, call)));
  for (const append of appends) if (append.status === 'rejected') throw append.reason;
  core.metrics.settled(0, rejects);
  return {
    accepted: parts.reduce((sum, { accepted }) => sum + accepted, 0),
    rejects: rejects.map(({ index, rejection }) => ({ index, rejection: rejectionOf(rejection) })),
    publisherId,
  };
}

/** Resolves once the part is durable, rejects once it is certain or unknown that it will not be. */
async function appendPart(core: IngestCore, part: PublishPart, publisherId: bigint, call: IngestCall): Promise<void> {
  const outcome = new Bell();
  let refusal: Error | undefined;
  const known = outcome.heard();
  await core.add(part, {
    isWanted: () => !call.signal.aborted,
    dropped: () => {
      refusal = reasonOf(call);
      outcome.ring();
    },
    settled: ({ appendTimeMs }) => {
      if (mayAcknowledge(publisherId, appendTimeMs)) core.metrics.settled(part.accepted, []);
      else refusal = clocksDisagree(appendTimeMs, core.parts.clock.nowMs());
      outcome.ring();
    },
    failed: (error: LogError) => {
      refusal = logRefusal(error);
      outcome.ring();
    },
  });
  await known;
  if (refusal !== undefined) throw refusal;
}

/** Rejects when nobody waits for the answer any more. */
async function aborted(core: IngestCore, call: IngestCall): Promise<never> {
  const { signal } = call;
  if (!signal.aborted) {
    const over = new Bell();
    signal.addEventListener('abort', () => over.ring(), { once: true });
    await over.heard();
    core.dropUnwanted();
  }
  throw reasonOf(call);
}

function reasonOf({ signal }: IngestCall): Error {
  const reason: unknown = signal.reason;
  return reason instanceof Error ? reason : new RpcError('CANCELLED', '', 'the caller went away');
}
