/**
 * The calls under way. In: every call of the server, by an interceptor. Out: the guard of a call, found by its metadata,
 * and an orderly end of all calls when the server goes. Their number is bounded by connections times streams.
 */
import {
  type Metadata,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
} from '@grpc/grpc-js';
import type { Clock } from '@tapeline/runtime';
import type { CallMetrics } from './call-metrics.ts';
import { GuardedCall } from './guarded-call.ts';
import { type ErrorCodec, RpcError } from './rpc-error.ts';
import { shuttingDown } from './status-of-error.ts';

/** What calls need. */
export type OpenCallsParts = {
  readonly errorCodec: ErrorCodec;
  readonly messageBytesMax: number;
  readonly clock: Clock;
  readonly metrics: CallMetrics;
  /** Deadlines by path of the method, such as /tapeline.v1.QueryService/GetBars. */
  readonly deadlines: ReadonlyMap<string, { readonly deadlineMsDefault: number; readonly deadlineMsMax: number }>;
};

/** Deadlines of services that came with the library. */
const deadlinesElsewhere = { deadlineMsDefault: 10_000, deadlineMsMax: 60_000 };

/** Every call of a server. */
export class OpenCalls {
  readonly #parts: OpenCallsParts;
  readonly #calls = new Set<GuardedCall>();
  readonly #guards = new WeakMap<Metadata, GuardedCall>();
  #isClosing = false;
  #onEmpty: (() => void) | undefined;

  constructor(parts: OpenCallsParts) {
    this.#parts = parts;
  }

  /** The guard of a call that has this metadata. */
  guardOf(metadata: Metadata): GuardedCall {
    const guard = this.#guards.get(metadata);
    if (guard === undefined) throw new Error('a call came past the interceptor');
    return guard;
  }

  /** Stands before every call. */
  get interceptor(): ServerInterceptor {
    return (definition, inner) => {
      const isStream = definition.requestStream || definition.responseStream;
      const method = definition.path.replace(/^\/(?:[^/]*\.)?/, '');
      const guard = new GuardedCall(inner, {
        ...this.#parts,
        method,
        isStream,
        received: (requests) => this.#parts.metrics.message(method, 'received', requests),
        onEnd: (call, status) => {
          this.#calls.delete(call);
          this.#parts.metrics.ended(call.parts.method, status);
          if (this.#calls.size === 0) this.#onEmpty?.();
        },
      });
      return new ServerInterceptingCall(inner, { start: (next) => next(this.#listener(guard, inner, definition)) });
    };
  }

  /** New calls are refused from now on. */
  refuse(): void {
    this.#isClosing = true;
  }

  /** Tells streams that the server goes; they may say a last word. */
  tellStreams(): void {
    for (const call of this.#calls) if (call.parts.isStream) call.tell(shuttingDown());
  }

  /** Ends every call. */
  failAll(): void {
    for (const call of this.#calls) call.fail(shuttingDown());
  }

  /** Resolves when no call is under way. One may wait. */
  async empty(): Promise<void> {
    if (this.#calls.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  #listener(
    guard: GuardedCall,
    inner: ServerInterceptingCallInterface,
    definition: Parameters<ServerInterceptor>[0],
  ): ReturnType<typeof listenerOf> {
    return listenerOf({
      begin: (metadata) => {
        this.#calls.add(guard);
        this.#parts.metrics.begun();
        this.#guards.set(metadata, guard);
        if (this.#isClosing) {
          guard.fail(shuttingDown());
          return false;
        }
        if (!definition.requestStream) this.#setDeadline(guard, inner, definition.path);
        return true;
      },
      received: (message) => {
        if (message instanceof Uint8Array && guard.hold(message)) return false;
        this.#parts.metrics.message(guard.parts.method, 'received', 1);
        return true;
      },
      ended: () => !guard.holdEnd(),
      over: () => guard.over(),
    });
  }

  /** A request that never gets whole would hold its call for ever; of a stream of responses it is this that ends it. */
  #setDeadline(guard: GuardedCall, inner: ServerInterceptingCallInterface, path: string): void {
    const { deadlineMsDefault, deadlineMsMax } = this.#parts.deadlines.get(path) ?? deadlinesElsewhere;
    const set = inner.getDeadline();
    if (set !== Infinity && Number(set) - this.#parts.clock.nowMs() <= deadlineMsMax) return;
    const ms = set === Infinity ? deadlineMsDefault : deadlineMsMax;
    guard.failAfter(ms, tooLong(ms));
  }
}

function tooLong(ms: number): RpcError {
  const message = `the call took more than the ${ms} ms that it may take; ask for less, or again`;
  return new RpcError('DEADLINE_EXCEEDED', 'DEADLINE_EXCEEDED', message, { field: 'deadline', limit_ms: String(ms) });
}

type Hooks = {
  readonly begin: (metadata: Metadata) => boolean;
  /** Whether the library shall go on with it. */
  readonly received: (message: unknown) => boolean;
  readonly ended: () => boolean;
  readonly over: () => void;
};

function listenerOf({ begin, received, ended, over }: Hooks): {
  onReceiveMetadata(metadata: Metadata, next: (metadata: Metadata) => void): void;
  onReceiveMessage(message: unknown, next: (message: unknown) => void): void;
  onReceiveHalfClose(next: () => void): void;
  onCancel(): void;
} {
  return {
    onReceiveMetadata: (metadata, next) => {
      if (begin(metadata)) next(metadata);
    },
    onReceiveMessage: (message, next) => {
      if (received(message)) next(message);
    },
    onReceiveHalfClose: (next) => {
      if (ended()) next();
    },
    onCancel: over,
  };
}
