/**
 * What a failed call says. In: the library's error. Out: an `RpcError` with the reason and facts that the server gave, or
 * without them if the call never reached one.
 */
import type { ServiceError } from '@grpc/grpc-js';
import { type ErrorCodec, type ErrorDetails, RpcError } from './rpc-error.ts';
import { statusOfCode } from './rpc-status.ts';
import { detailsKey } from './status-of-error.ts';

/** The error of a call. */
export function errorOfCall(error: unknown, codec: ErrorCodec): RpcError {
  if (!isServiceError(error)) {
    const message = error instanceof Error ? error.message : String(error);
    return new RpcError('UNKNOWN', '', message, {}, { cause: error });
  }
  const { reason, facts } = detailsOf(error, codec);
  return new RpcError(statusOfCode(error.code), reason, error.details, facts, { cause: error });
}

/** Throws CANCELLED if the signal fired already. */
export function refusedBefore(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw cancelledHere();
}

/** A call that its own caller cancelled. */
export function cancelledHere(): RpcError {
  return new RpcError('CANCELLED', '', 'the call was cancelled here');
}

function detailsOf(error: ServiceError, codec: ErrorCodec): ErrorDetails {
  const [bytes] = error.metadata?.get(detailsKey) ?? [];
  const details = bytes instanceof Uint8Array ? codec.decode(bytes) : undefined;
  return details ?? { reason: '', facts: {} };
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && 'details' in error;
}
