/**
 * What an error of a stream means for its publisher or reader. In: the error. Out: whether another try can help. Rule of
 * the contract: UNAVAILABLE and RESOURCE_EXHAUSTED are for another try, but not a message that is too large; all else
 * needs a change by the caller, but what the transport says by itself.
 */
import { RpcError, type RpcStatus } from '@tapeline/grpc';
import { PublisherFailedError } from './publisher-errors.ts';

/** Statuses that broken connections and servers give. */
const passing: readonly RpcStatus[] = [
  'UNAVAILABLE',
  'RESOURCE_EXHAUSTED',
  'CANCELLED',
  'UNKNOWN',
  'INTERNAL',
  'DEADLINE_EXCEEDED',
  'ABORTED',
];

/** Whether the same can go well on another connection. */
export function isPassing(error: unknown): boolean {
  if (error instanceof PublisherFailedError) return error.reason === 'NO_ANSWER' || error.reason === 'CLOCKS_DISAGREE';
  return error instanceof RpcError && error.reason !== 'MESSAGE_TOO_LARGE' && passing.includes(error.status);
}

/** Whether ingest says that the publisher's id has ended. */
export function isExpiry(error: unknown): error is RpcError {
  return error instanceof RpcError && error.reason === 'PUBLISHER_EXPIRED';
}

/** An id ends 7 days after the start of its day of issue, so one that is less than a day old has over 5 days left. */
const youngLeftNs = 5n * 86_400_000_000_000n;

/**
 * What to make of an expiry of an id that is too young for it, or of none: clocks disagree, and nothing has ended.
 * `undefined` if the id may well have ended. `expireTimeNs` and `nowNs` are Unix times, ns.
 */
export function clocksDisagree(
  error: RpcError,
  expireTimeNs: bigint | undefined,
  nowNs: bigint,
): PublisherFailedError | undefined {
  if (expireTimeNs !== undefined && expireTimeNs - nowNs < youngLeftNs) return undefined;
  return new PublisherFailedError(
    'CLOCKS_DISAGREE',
    `ingest refuses a publisher id as expired that was issued just now (${error.message}), so clocks disagree; set the ` +
      'clocks of the ingests and of their log; what is unsettled is kept and sent again',
    { cause: error },
  );
}
