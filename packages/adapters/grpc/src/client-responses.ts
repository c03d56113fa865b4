/**
 * The responses of a stream, on the client. In: the library's stream. Out: an iterable that is read at the reader's pace,
 * at most 16 messages ahead, and throws `RpcError` where the call failed. Leaving the loop cancels the call.
 */
import type { Readable } from 'node:stream';
import { errorOfCall } from './error-of-call.ts';
import type { ErrorCodec } from './rpc-error.ts';

/** A stream that was opened, and how to end it. */
export type OpenStream = {
  readonly stream: Readable;
  readonly cancel: () => void;
  readonly stopListening: () => void;
};

/** Opens the stream when it is first read. */
export async function* responsesOf<Response>(open: () => OpenStream, codec: ErrorCodec): AsyncGenerator<Response> {
  const { stream, cancel, stopListening } = open();
  let failure: { readonly error: unknown } | undefined;
  let wake = (): void => undefined;
  stream.on('readable', () => wake());
  stream.on('end', () => wake());
  stream.on('error', (error: unknown) => {
    failure ??= { error };
    wake();
  });
  let isOver = false;
  try {
    for (;;) {
      const response: unknown = stream.read();
      if (response !== null) {
        yield response as Response;
      } else if (failure !== undefined) {
        isOver = true;
        throw errorOfCall(failure.error, codec);
      } else if (stream.readableEnded) {
        isOver = true;
        return;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    stopListening();
    if (!isOver) cancel();
  }
}
