/**
 * Publish over gRPC. In: requests as bytes, in order. Out: `opened`, then rejects and acks as ticks settle, at most one
 * ack in a few ms. Law 7: a request is pulled only when there is room; a caller who takes no responses is ended. What
 * was taken is settled and acknowledged also when the caller half-closes, is refused, or ingest stops.
 */
import {
  batchTicksMax,
  identityOfOpen,
  messageBytesMax,
  publisherDrawBits,
  publisherExpireMs,
  type PublisherIdentity,
  PublishRefusedError,
  readPublishMessage,
  type RejectedTick,
  type Rejection,
} from '@tapeline/domain';
import { RpcError } from '@tapeline/grpc';
import type { wireIngest } from '@tapeline/wire';
import type { IngestCore } from './ingest-core.ts';
import type { PublishBytes } from './ingest-definition.ts';
import { responsesNotRead, rpcErrorOf, shuttingDown } from './ingest-refusal.ts';
import type { IngestCall, PublishRequests } from './ingest-types.ts';
import { OpenStream, type StreamAck } from './open-stream.ts';

type Response = wireIngest.PublishResponse;

/** Calls of which responses wait to be taken; looked through once in a while. */
export type UnreadCalls = Set<PublishCall>;

/** One call of Publish. */
export class PublishCall {
  readonly #core: IngestCore;
  readonly #requests: AsyncIterator<PublishBytes>;
  /** The next request if it is there already. */
  readonly #ready: (() => PublishBytes | undefined) | undefined;
  readonly #call: IngestCall;
  #stream: OpenStream | undefined;
  /** Since when the last response waits to be taken, ms of the clock that never runs back. */
  #yieldedAtMs: number | undefined;
  /** How the reading of requests ended; absent while it goes on. */
  #reading: { readonly error?: Error } | undefined;
  #told: StreamAck = { sequence: 0, requests: 1 };
  #ackedAtMs = -Infinity;

  constructor(core: IngestCore, requests: PublishRequests, call: IngestCall) {
    this.#core = core;
    this.#requests = requests[Symbol.asyncIterator]();
    this.#ready = requests.ready?.bind(requests);
    this.#call = call;
  }

  /** Ends the call if its caller has taken no response for too long. */
  checkRead(nowMs: number): void {
    const { responsesUnreadMsMax } = this.#core.parts.config;
    if (this.#yieldedAtMs === undefined || nowMs - this.#yieldedAtMs < responsesUnreadMsMax) return;
    const error = responsesNotRead(responsesUnreadMsMax);
    this.#stream?.end(error);
    this.#core.metrics.refused(error.reason);
    this.#call.abort?.(error);
    this.#yieldedAtMs = undefined;
  }

  /** The responses. Throws what ends the call. */
  async *responses(unread: UnreadCalls): AsyncGenerator<Response> {
    unread.add(this);
    const onAbort = (): void => this.#onAbort();
    this.#call.signal.addEventListener('abort', onAbort, { once: true });
    try {
      const stream = await this.#open();
      this.#stream = stream;
      if (this.#call.signal.aborted) this.#onAbort();
      yield* this.#tell(stream, this.#read(stream));
    } catch (error) {
      const refusal = rpcErrorOf(error);
      if (refusal instanceof RpcError) this.#core.metrics.refused(refusal.reason);
      throw refusal;
    } finally {
      this.#call.signal.removeEventListener('abort', onAbort);
      unread.delete(this);
      this.#stream?.end(shuttingDown());
      this.#stream?.leave();
    }
  }

  async #open(): Promise<OpenStream> {
    const { clock, random, logger } = this.#core.parts;
    this.#core.checkOpen();
    this.#core.checkMap();
    const first = await this.#requests.next();
    const message = first.done === true ? undefined : readPublishMessage(first.value.bytes, this.#core.readers.rows);
    if (message?.kind !== 'open') {
      const text = 'the first message of a stream is open, which names the dataset; send it first';
      throw new PublishRefusedError('OPEN_MISSING', text, { field: 'open' });
    }
    const draw = (): bigint => random.bits(publisherDrawBits);
    const { publisherId, timeDomain } = identityOfOpen(message, clock.nowMs(), draw);
    const { dataset, clientName } = message;
    const stream = new OpenStream({ publisherId, timeDomain, dataset }, this.#core);
    logger.info('publish stream opened', { dataset, client: clientName, publisher: String(publisherId) });
    return stream;
  }

  /** Takes requests until they end, and answers why they did if not by the caller's half-close. */
  async #read(stream: OpenStream): Promise<void> {
    try {
      for (let next = await this.#requests.next(); next.done !== true; next = await this.#requests.next()) {
        await this.#takeThose(stream, next.value);
      }
      this.#reading = {};
    } catch (error) {
      this.#reading = { error: error instanceof Error ? error : new Error(String(error), { cause: error }) };
    }
    stream.changed.ring();
  }

  /** Takes a request and those that are there already. */
  async #takeThose(stream: OpenStream, first: PublishBytes): Promise<void> {
    const singles = { columns: 0, rows: 0 };
    stream.beginTurn();
    try {
      for (let next: PublishBytes | undefined = first; next !== undefined; next = this.#ready?.()) {
        const single = stream.readSingle(next.bytes);
        const waiting = single === undefined ? this.#takeOther(stream, next.bytes) : stream.takeSingle(single);
        if (single !== undefined) singles[single.form] += 1;
        if (waiting === undefined) continue;
        await waiting;
        stream.beginTurn();
      }
    } finally {
      if (singles.columns > 0) this.#core.metrics.batch('columns', singles.columns);
      if (singles.rows > 0) this.#core.metrics.batch('rows', singles.rows);
    }
  }

  async #takeOther(stream: OpenStream, bytes: Uint8Array): Promise<void> {
    const message = readPublishMessage(bytes, this.#core.readers.rows);
    const [tick] = message.kind === 'rows' && message.ticks.length === 1 ? message.ticks : [];
    if (message.kind === 'rows' && tick !== undefined) {
      await stream.takeSingle({ form: 'rows', tick, instruments: message.instruments });
    } else await stream.take((state, context) => state.take(message, context));
    if (message.kind === 'columns' || message.kind === 'rows') this.#core.metrics.batch(message.kind);
  }

  async *#tell(stream: OpenStream, reading: Promise<void>): AsyncGenerator<Response> {
    yield* this.#yield({ $case: 'opened', value: openedOf(stream, this.#core.parts.config.unsettledTicksMax) });
    for (;;) {
      const isOver = this.#isOver(stream);
      // Taken before the rejects, so that it covers none that is not told.
      const { ack } = stream;
      for (const rejected of stream.takeUntold()) yield* this.#yield({ $case: 'reject', value: rejectOf(rejected) });
      if (ack.requests > this.#told.requests) {
        if (!isOver) await this.#spaceAcks();
        this.#told = ack;
        this.#core.metrics.acked();
        yield* this.#yield({ $case: 'ack', value: ackOf(ack) });
      } else if (isOver) break;
      else if (!this.#isOver(stream) && stream.untold.length === 0 && stream.ack.requests <= this.#told.requests) {
        await stream.changed.heard();
      }
    }
    if (stream.failure !== undefined) throw stream.failure;
    if (this.#reading?.error !== undefined) throw this.#reading.error;
    if (stream.isShut) throw shuttingDown();
    await reading;
  }

  #isOver(stream: OpenStream): boolean {
    if (stream.failure !== undefined) return true;
    return (this.#reading !== undefined || stream.isShut) && stream.isSettled;
  }

  async #spaceAcks(): Promise<void> {
    const { clock, config } = this.#core.parts;
    await clock.sleep(this.#ackedAtMs + config.ackIntervalMs - clock.monotonicMs(), this.#call.signal);
    this.#ackedAtMs = clock.monotonicMs();
  }

  *#yield(response: NonNullable<Response['response']>): Generator<Response> {
    this.#yieldedAtMs = this.#core.parts.clock.monotonicMs();
    yield { response };
    this.#yieldedAtMs = undefined;
  }

  #onAbort(): void {
    const reason: unknown = this.#call.signal.reason;
    if (reason instanceof RpcError && reason.reason === 'SHUTTING_DOWN') this.#stream?.shut();
    else this.#stream?.end(reason instanceof Error ? reason : new RpcError('CANCELLED', '', 'the caller went away'));
  }
}

function openedOf({ identity }: OpenStream, unsettledTicksMax: number): wireIngest.PublishOpened {
  return {
    publisher: publisherOf(identity),
    limits: { batchTicksMax, messageBytesMax, unsettledTicksMax },
  };
}

/** The publisher as a caller is told of it. */
export function publisherOf({ publisherId, timeDomain }: PublisherIdentity): wireIngest.Publisher {
  return { publisherId, timeDomain, expireTimeNs: BigInt(publisherExpireMs(publisherId)) * 1_000_000n };
}

function ackOf({ sequence, requests }: StreamAck): wireIngest.PublishAck {
  return { sequence: BigInt(sequence), requests: BigInt(requests) };
}

function rejectOf({ sequence, symbol, rejection }: RejectedTick): wireIngest.PublishReject {
  return { sequence: BigInt(sequence), symbol, rejection: rejectionOf(rejection) };
}

/** A rejection as a caller is told of it. */
export function rejectionOf({ code, message, facts }: Rejection): wireIngest.Rejection {
  return { code, message, facts: { ...facts } };
}
