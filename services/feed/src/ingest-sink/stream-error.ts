/**
 * What a failed call means for a feed's stream. In: an error. Out: the seam's, with the reason that ingest gave or, where the
 * connection gave none, gRPC's status; feeds know which of them pass by themselves.
 */
import { FeedStreamError, PublishRefusedError } from '@tapeline/domain';
import { RpcError } from '@tapeline/grpc';

/** An error of a call as one of its stream; a defect stays what it is. */
export function streamErrorOf(error: unknown, address: string): unknown {
  if (error instanceof FeedStreamError) return error;
  if (error instanceof RpcError) {
    const reason = error.reason === '' ? error.status : error.reason;
    return new FeedStreamError(reason, `ingest at ${address}: ${error.message}`, { cause: error });
  }
  if (error instanceof PublishRefusedError) return new FeedStreamError(error.reason, error.message, { cause: error });
  return error;
}
