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
  if (error instanceof PublisherFailedError) return error.reason === 'NO_ANSWER';
  return error instanceof RpcError && error.reason !== 'MESSAGE_TOO_LARGE' && passing.includes(error.status);
}

/** Whether the publisher's id has ended. */
export function isExpiry(error: unknown): boolean {
  return error instanceof RpcError && error.reason === 'PUBLISHER_EXPIRED';
}
