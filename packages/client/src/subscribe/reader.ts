/**
 * One reader's connections and tries. In: addresses. Out: calls that are tried again, at another address, where that can
 * help: reading twice does no harm. Law 7: a call that is no stream is tried a bounded number of times.
 */
import {
  connectGrpc,
  type GrpcChannel,
  type MethodDefinition,
  type RequestOf,
  type ResponseOf,
  RpcError,
} from '@tapeline/grpc';
import { errorDetails, wireQuery } from '@tapeline/wire';
import { type ClientClock, machineClock, machineRandom, RetryWaits } from '../client-clock.ts';
import { isPassing } from '../publish/connection-faults.ts';
import { instantOf } from '../publish/read-tick.ts';
import type { TickTime } from '../publish/publish-tick.ts';
import type { ReaderOptions } from './reader-types.ts';

/** Tries of a call that is no stream. */
const triesMax = 6;

const service: string = wireQuery.QueryServiceDefinition.fullName;

/** Connections to query processes, one at a time. */
export class Reader {
  readonly clock: ClientClock;
  readonly signal: AbortSignal | undefined;
  readonly #options: ReaderOptions;
  readonly #waits: RetryWaits;
  #turn = 0;
  #channel: GrpcChannel | undefined;

  constructor(options: ReaderOptions) {
    const { retryFirstMs = 100, retryMaxMs = Math.max(5_000, retryFirstMs) } = options.times ?? {};
    this.#options = options;
    this.clock = options.clock ?? machineClock;
    this.signal = options.signal;
    this.#waits = new RetryWaits({
      firstMs: retryFirstMs,
      maxMs: retryMaxMs,
      random: options.random ?? machineRandom,
    });
  }

  /** Whether the caller wants no more. */
  get isStopped(): boolean {
    return this.signal?.aborted === true;
  }

  /** Asks once, or a few times if that can help. */
  async ask<Method extends MethodDefinition>(method: Method, request: RequestOf<Method>): Promise<ResponseOf<Method>> {
    for (let tries = 1; ; tries += 1) {
      try {
        const answer = await this.#connected().unary(method, service, request, this.#callOptions());
        this.#waits.reset();
        return answer;
      } catch (error) {
        if (this.isStopped || tries >= triesMax || !isPassing(error)) throw error;
        await this.pause();
      }
    }
  }

  /** Opens a stream on the current connection. */
  stream<Method extends MethodDefinition>(
    method: Method,
    request: RequestOf<Method>,
  ): AsyncIterable<ResponseOf<Method>> {
    return this.#connected().serverStream(method, service, request, this.#callOptions());
  }

  /** Something came: the next wait is short again. */
  succeeded(): void {
    this.#waits.reset();
  }

  /** Lets go of the connection; the next call goes to the next address. */
  leave(): void {
    this.#channel?.close();
    this.#channel = undefined;
    this.#turn += 1;
  }

  /** The next wait, ms. */
  nextWaitMs(): number {
    return this.#waits.nextMs();
  }

  /** Lets go of the connection and waits. */
  async pause(ms: number = this.nextWaitMs()): Promise<void> {
    this.leave();
    await this.clock.sleep(ms, this.signal);
  }

  /** Closes the connection. */
  close(): void {
    this.#channel?.close();
    this.#channel = undefined;
  }

  #callOptions(): { signal?: AbortSignal } {
    return this.signal === undefined ? {} : { signal: this.signal };
  }

  #connected(): GrpcChannel {
    const { address, tls } = this.#options;
    const addresses = typeof address === 'string' ? [address] : address;
    const next = addresses[this.#turn % addresses.length];
    if (next === undefined)
      throw new RangeError('address is an empty list; give host:port of one query process or more');
    this.#channel ??= connectGrpc({
      address: next,
      errorCodec: errorDetails,
      ...(tls === undefined ? {} : { tls }),
    });
    return this.#channel;
  }
}

/** A time as the wire has it. Throws `TickInvalidError`. */
export function wireTime(time: TickTime | undefined, field: string): bigint | undefined {
  if (time === undefined) return undefined;
  const { sec, nano } = instantOf(time, field);
  return BigInt(sec) * 1_000_000_000n + BigInt(nano);
}

/** Whether the server says that the resume token is too old. */
export function isTokenExpired(error: unknown): boolean {
  return error instanceof RpcError && error.reason === 'RESUME_TOKEN_EXPIRED';
}
