/**
 * Runs a handler for a call. In: the library's call and a handler of ours. Out: its answer or answers, each written only
 * when the one before left the process (law 7), or its error as a status.
 */
import type { ServerDuplexStream, ServerUnaryCall, ServerWritableStream, sendUnaryData } from '@grpc/grpc-js';
import type { Logger } from '@tapeline/runtime';
import { Encoded } from './encoded.ts';
import type { GuardedCall } from './guarded-call.ts';
import { orAborted } from './or-aborted.ts';
import { readRequest } from './read-requests.ts';
import type { GrpcCall, MessageCodec, Requests, ResponseStream } from './service-definition.ts';
import { expectedError, shuttingDown, unexpectedError } from './status-of-error.ts';

/** What serves a call besides its handler. */
export type Serving = {
  readonly guard: GuardedCall;
  readonly log: Logger;
  readonly call: GrpcCall;
  readonly requestType: MessageCodec<unknown>;
  readonly responseType: MessageCodec<unknown>;
  /** Counts a response. */
  sent(): void;
};

/** One answer to one request. */
export async function serveUnary(
  serving: Serving,
  from: ServerUnaryCall<Uint8Array, Uint8Array>,
  answer: sendUnaryData<Uint8Array>,
  handler: (request: unknown, call: GrpcCall) => Promise<unknown>,
): Promise<void> {
  try {
    const response = await handler(readRequest(serving.requestType, from.request), serving.call);
    if (serving.guard.hasStatus) return;
    const bytes = serving.responseType.encode(response).finish();
    serving.sent();
    answer(null, bytes);
  } catch (error) {
    fail(serving, error);
  }
}

/** Answers to one request. */
export async function serveServerStream(
  serving: Serving,
  stream: ServerWritableStream<Uint8Array, Uint8Array>,
  handler: (request: unknown, call: GrpcCall) => ResponseStream<unknown>,
): Promise<void> {
  try {
    // The request is whole; from here on the stream may last.
    serving.guard.failNoMore();
    await writeAll(serving, stream, handler(readRequest(serving.requestType, stream.request), serving.call));
  } catch (error) {
    fail(serving, error);
  }
}

/** Answers to requests as they come. */
export async function serveDuplex(
  serving: Serving,
  stream: ServerDuplexStream<Uint8Array, Uint8Array>,
  handler: (requests: Requests<unknown>, call: GrpcCall) => ResponseStream<unknown>,
): Promise<void> {
  try {
    const requests = serving.guard.holdRequests();
    requests.start();
    await writeAll(serving, stream, handler(requests.of(serving.requestType), serving.call));
  } catch (error) {
    fail(serving, error);
  }
}

type ResponseSink = { write(bytes: Uint8Array, taken: (error?: Error | null) => void): boolean };

async function writeAll(serving: Serving, sink: ResponseSink, responses: ResponseStream<unknown>): Promise<void> {
  const { gone, signal } = serving.guard;
  const iterator = responses[Symbol.asyncIterator]();
  for (;;) {
    const step = await orAborted(iterator.next(), gone);
    if (step === undefined) {
      leave(serving, iterator);
      return;
    }
    if (step.value.done === true) break;
    try {
      const response = step.value.value;
      const bytes = response instanceof Encoded ? response.bytes : serving.responseType.encode(response).finish();
      serving.sent();
      await orAborted(taken(sink, bytes), gone);
    } catch (error) {
      leave(serving, iterator);
      throw error;
    }
  }
  // It ended because it was told to: what the caller wanted may not be complete.
  if (signal.aborted) serving.guard.fail(shuttingDown());
  else serving.guard.succeed();
}

/** The library's buffer is counted in messages, which may be large; so the next one waits until this one left. */
async function taken(sink: ResponseSink, bytes: Uint8Array): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    sink.write(bytes, (error) => (error instanceof Error ? reject(error) : resolve()));
  });
}

/** Gives a handler the chance to clean up; it is not waited for, because its caller is gone. */
function leave(serving: Serving, iterator: AsyncIterator<unknown>): void {
  const left = iterator.return?.();
  if (left === undefined) return;
  left.then(undefined, (error: unknown) => {
    if (expectedError(error, serving.guard.signal) === undefined) logUnexpected(serving, error);
  });
}

function fail(serving: Serving, error: unknown): void {
  const expected = expectedError(error, serving.guard.signal);
  if (expected === undefined && !serving.guard.hasStatus) logUnexpected(serving, error);
  serving.guard.fail(expected ?? unexpectedError());
}

function logUnexpected({ guard, log, call }: Serving, error: unknown): void {
  log.error('a call failed unexpectedly', { method: guard.parts.method, peer: call.peer, error });
}
