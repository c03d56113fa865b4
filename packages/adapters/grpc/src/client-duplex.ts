/**
 * A stream in both directions, on the client. In: the library's stream. Out: `send`, which waits while the transport has
 * enough (16 messages), and responses. Whatever ends the call ends both.
 */
import type { ClientDuplexStream } from '@grpc/grpc-js';
import { responsesOf } from './client-responses.ts';
import { cancelledHere, errorOfCall } from './error-of-call.ts';
import type { DuplexCall } from './grpc-client-types.ts';
import type { ErrorCodec, RpcError } from './rpc-error.ts';

/** Wraps a stream that was opened. */
export function duplexCall<Request, Response>(
  stream: ClientDuplexStream<Request, Response>,
  stopListening: () => void,
  codec: ErrorCodec,
): DuplexCall<Request, Response> {
  let ended: RpcError | undefined;
  const waiting = new Set<() => void>();
  const wakeAll = (): void => {
    for (const wake of waiting) wake();
    waiting.clear();
  };
  const throwIfEnded = (): void => {
    if (ended !== undefined) throw ended;
  };
  stream.on('drain', wakeAll);
  stream.on('error', (error: unknown) => {
    ended ??= errorOfCall(error, codec);
    wakeAll();
  });
  // A server may end well before the client does; nothing is sent any more then.
  stream.on('status', () => {
    ended ??= cancelledHere();
    wakeAll();
  });
  return {
    send: async (request) => {
      throwIfEnded();
      if (stream.write(request)) return;
      await new Promise<void>((resolve) => {
        waiting.add(resolve);
      });
      throwIfEnded();
    },
    responses: responsesOf<Response>(() => ({ stream, cancel: () => stream.cancel(), stopListening }), codec),
    finish: () => stream.end(),
    cancel: () => stream.cancel(),
  };
}
