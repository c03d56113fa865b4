/**
 * The status that a call ends with. In: what a handler threw, or what the library decided by itself. Out: code, message
 * and ErrorInfo. The other side never sees a stack or a message that was not meant for it.
 */
import { Metadata, status as Code, type StatusObject } from '@grpc/grpc-js';
import { type ErrorCodec, RpcError } from './rpc-error.ts';
import { statusOfCode } from './rpc-status.ts';

/** The trailer that holds a google.rpc.Status. */
export const detailsKey = 'grpc-status-details-bin';

/** How long a message to the other side may be, in characters. Trailers have to fit into what clients take. */
export const messageLengthMax = 1_024;

/** A status as the library takes it. */
export type CallStatus = Partial<StatusObject> & { readonly code: number; readonly details: string };

/** The status of an error, with its ErrorInfo. */
export function statusOfError(error: RpcError, codec: ErrorCodec): CallStatus {
  // The library's percent-encoding throws for half of a surrogate pair, which a cut can leave.
  const message = error.message.slice(0, messageLengthMax).replaceAll(/\p{Surrogate}/gu, '\uFFFD');
  const metadata = new Metadata();
  const bytes = codec.encode({ code: error.code, message, reason: error.reason, facts: error.facts });
  metadata.set(detailsKey, Buffer.from(bytes));
  return { code: error.code, details: message, metadata };
}

/** What the library ended by itself, in our words. `undefined` for what has an ErrorInfo already or is OK. */
export function errorOfLibrary(status: CallStatus, messageBytesMax: number): RpcError | undefined {
  const has = status.metadata?.get(detailsKey).length ?? 0;
  if (status.code === Code.OK || has > 0) return undefined;
  const name = statusOfCode(status.code);
  // Sizes are the only resource that the library bounds per call, received, unpacked or sent.
  if (name === 'RESOURCE_EXHAUSTED') {
    const message = `a message of this call has more than ${messageBytesMax} bytes; make it smaller`;
    return new RpcError(name, 'MESSAGE_TOO_LARGE', message, { field: 'message', max: String(messageBytesMax) });
  }
  if (name === 'DEADLINE_EXCEEDED') {
    return new RpcError(name, name, 'the deadline that the caller set has passed; set a later one or ask for less');
  }
  return new RpcError(name, name, status.details);
}

/** The error that a handler's exception stands for; `undefined` if it is none that a caller may see. */
export function expectedError(thrown: unknown, signal: AbortSignal): RpcError | undefined {
  if (thrown instanceof RpcError) return thrown;
  const reason: unknown = signal.aborted ? signal.reason : undefined;
  const isOfSignal = thrown instanceof Error && thrown.name === 'AbortError';
  return isOfSignal && reason instanceof RpcError ? reason : undefined;
}

/** What the caller is told of an exception that nobody expected. */
export function unexpectedError(): RpcError {
  return new RpcError('INTERNAL', 'INTERNAL', 'the server met an unexpected error; its log tells more');
}

/** What calls are told when the server goes. */
export function shuttingDown(): RpcError {
  return new RpcError('UNAVAILABLE', 'SHUTTING_DOWN', 'the server is shutting down; connect again, to any server');
}

/** What a handler is told when the caller went away. */
export function callerGone(): RpcError {
  return new RpcError('CANCELLED', 'CANCELLED', 'the caller cancelled the call or went away');
}
