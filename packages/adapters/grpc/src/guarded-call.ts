/**
 * One call on the server, from its headers to its trailers, ours and the library's alike. In: the library's call. Out:
 * a signal, a status with an ErrorInfo whoever ends the call, a bound on requests that wait, and an end even if the
 * caller takes nothing. It replaces a method of the library's call, because what the library ends by itself (a
 * message over the limit, a deadline) passes no interceptor.
 */
import { type ServerInterceptingCallInterface, status as Code } from '@grpc/grpc-js';
import type { Clock } from '@tapeline/runtime';
import { RequestQueue } from './read-requests.ts';
import { resetStream } from './reset-stream.ts';
import { type ErrorCodec, RpcError } from './rpc-error.ts';
import { statusOfCode, type RpcStatus } from './rpc-status.ts';
import { type CallStatus, callerGone, errorOfLibrary, statusOfError } from './status-of-error.ts';

/** How long a caller may take to take its status, ms. */
export const statusMsMax = 5_000;

/** What a call needs. */
export type GuardParts = {
  /** Such as QueryService/GetBars. */
  readonly method: string;
  readonly isStream: boolean;
  readonly errorCodec: ErrorCodec;
  readonly messageBytesMax: number;
  readonly clock: Clock;
  /** So many requests of a stream came. */
  received(requests: number): void;
  /** Called once, when nothing of the call is left. */
  onEnd(call: GuardedCall, status: RpcStatus | 'OK'): void;
};

/** A call under way. */
export class GuardedCall {
  readonly parts: GuardParts;
  /** Nobody waits for the answer any more. */
  readonly gone: AbortSignal;
  /** As `gone`, and of streams also when the server closes. */
  readonly signal: AbortSignal;
  readonly #inner: ServerInterceptingCallInterface;
  readonly #sendStatus: (status: CallStatus) => void;
  readonly #startRead: () => void;
  readonly #gone = new AbortController();
  readonly #told = new AbortController();
  readonly #over = new AbortController();
  readonly #deadline = new AbortController();
  #status: RpcStatus | 'OK' | undefined;
  #requests: RequestQueue | undefined;

  constructor(inner: ServerInterceptingCallInterface, parts: GuardParts) {
    this.parts = parts;
    this.gone = this.#gone.signal;
    this.signal = this.#told.signal;
    this.#inner = inner;
    this.#sendStatus = inner.sendStatus.bind(inner);
    this.#startRead = inner.startRead.bind(inner);
    inner.sendStatus = (status: CallStatus) => this.#end(status);
  }

  /** Whether a status was given; what is sent afterwards goes nowhere. */
  get hasStatus(): boolean {
    return this.#status !== undefined;
  }

  /** Ends the call with an error; the first status counts. */
  fail(error: RpcError): void {
    this.#end(statusOfError(error, this.parts.errorCodec));
  }

  /** Ends the stream well. */
  succeed(): void {
    this.#end({ code: Code.OK, details: 'OK' });
  }

  /** Ends the call after `ms`, unless it ended before or `failNoMore` is called. */
  failAfter(ms: number, error: RpcError): void {
    const { signal } = this.#deadline;
    void this.parts.clock.sleep(ms, signal).then(() => {
      if (!signal.aborted) this.fail(error);
    });
  }

  /** Takes `failAfter` back. */
  failNoMore(): void {
    this.#deadline.abort();
  }

  /** Tells the handler to come to an end; it may still answer. */
  tell(reason: RpcError): void {
    this.#told.abort(reason);
  }

  /** The handler takes a stream of requests: from now on they go to this queue, past the library's. */
  holdRequests(): RequestQueue {
    this.#requests ??= new RequestQueue({
      signal: this.signal,
      startRead: this.#startRead,
      counted: (requests) => this.parts.received(requests),
    });
    return this.#requests;
  }

  /** Takes a request that came; false = it is not of a stream that is held. */
  hold(bytes: Uint8Array): boolean {
    this.#requests?.push(bytes);
    return this.#requests !== undefined;
  }

  /** The caller half-closed; false = as with `hold`. */
  holdEnd(): boolean {
    this.#requests?.end();
    return this.#requests !== undefined;
  }

  /** The library is done with the call: it had a status, or its stream is gone. */
  over(): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    this.#deadline.abort();
    if (this.#status === undefined) this.#leave(callerGone());
    this.parts.onEnd(this, this.#status ?? 'CANCELLED');
  }

  #end(status: CallStatus): void {
    if (this.#status !== undefined) return;
    const own = errorOfLibrary(status, this.parts.messageBytesMax);
    const final = own === undefined ? status : statusOfError(own, this.parts.errorCodec);
    const name = final.code === Code.OK ? 'OK' : statusOfCode(final.code);
    this.#status = name;
    this.#sendStatus(final);
    if (name === 'OK') return;
    this.#leave(own ?? new RpcError(name, name, final.details));
    // Trailers come after the responses, so a caller that takes none gets none.
    void this.parts.clock.sleep(statusMsMax, this.#over.signal).then(() => {
      if (!this.#over.signal.aborted) resetStream(this.#inner, name);
    });
  }

  #leave(reason: RpcError): void {
    this.#gone.abort(reason);
    this.#told.abort(reason);
  }
}
