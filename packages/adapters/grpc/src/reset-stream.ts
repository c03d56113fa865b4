/**
 * The last means against a caller that takes nothing: HTTP/2's RST_STREAM. In: the library's call and the status that it
 * could not deliver. Out: the stream is gone, and the code tells the client the nearest status. The library has no word
 * for this; its stream is looked up by name, and a test notices if an update moves it.
 */
import { constants } from 'node:http2';
import type { RpcStatus } from './rpc-status.ts';

type CallStream = { close(code: number): void };

/** Resets the stream of a call; the code tells the client the nearest status. Answers whether there was one. */
export function resetStream(call: object, status: RpcStatus): boolean {
  const stream = streamOf(call);
  stream?.close(resetCode(status));
  return stream !== undefined;
}

/** The code that clients of gRPC read as this status. */
function resetCode(status: RpcStatus): number {
  if (status === 'UNAVAILABLE') return constants.NGHTTP2_REFUSED_STREAM;
  if (status === 'RESOURCE_EXHAUSTED') return constants.NGHTTP2_ENHANCE_YOUR_CALM;
  return constants.NGHTTP2_CANCEL;
}

function streamOf(call: object): CallStream | undefined {
  const stream: unknown = Reflect.get(call, 'stream');
  return isCallStream(stream) ? stream : undefined;
}

function isCallStream(value: unknown): value is CallStream {
  return typeof value === 'object' && value !== null && 'close' in value && typeof value.close === 'function';
}
