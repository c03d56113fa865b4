/**
 * The requests of a call. In: bytes as the library gives them. Out: messages, pulled one by one; the stream is read no
 * further while they wait. Bytes that are no message end the call with FIELD_INVALID.
 */
import type { Readable } from 'node:stream';
import type { GuardedCall } from './guarded-call.ts';
import { orAborted } from './or-aborted.ts';
import { RpcError } from './rpc-error.ts';
import type { MessageCodec } from './service-definition.ts';

/** The message in these bytes. Throws `RpcError` INVALID_ARGUMENT if they hold none. */
export function readRequest<Request>(codec: MessageCodec<Request>, bytes: Uint8Array): Request {
  try {
    return codec.decode(bytes);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new RpcError(
      'INVALID_ARGUMENT',
      'FIELD_INVALID',
      `the request's ${bytes.byteLength} bytes are no message of this call (${detail}); send one of the contract`,
      { field: 'request' },
      { cause: error },
    );
  }
}

/** The requests of a stream, to be read once. It throws the reason of the call's signal when that fires. */
export async function* requestsOf(
  guard: GuardedCall,
  codec: MessageCodec<unknown>,
  stream: Readable,
): AsyncGenerator<unknown> {
  let wake = (): void => undefined;
  stream.on('readable', () => wake());
  stream.on('end', () => wake());
  for (;;) {
    guard.signal.throwIfAborted();
    const bytes: unknown = stream.read();
    if (bytes instanceof Uint8Array) {
      guard.taken(bytes.byteLength);
      yield readRequest(codec, bytes);
    } else if (stream.readableEnded) {
      return;
    } else {
      const readable = new Promise<void>((resolve) => {
        wake = resolve;
      });
      await orAborted(readable, guard.signal);
    }
  }
}
