/**
 * One stream to one ingest, from `open` to its end. In: what is to be sent, frame by frame. Out: what ingest says of it.
 * A server that settles nothing for too long is given up, so that another can be tried.
 */
import { type ClientTls, connectGrpc, type DuplexCall, type GrpcChannel, RpcError } from '@tapeline/grpc';
import { errorDetails, type PublishFrame, publishMethod, wireIngest } from '@tapeline/wire';
import type { ClientClock } from '../client-clock.ts';
import { PublisherFailedError } from './publisher-errors.ts';

/** What a stream is told of, and asked for. */
export type SessionParts = {
  readonly address: string;
  readonly tls: ClientTls | undefined;
  readonly open: PublishFrame;
  readonly clock: ClientClock;
  readonly openMs: number;
  readonly settleMs: number;
  readonly stop: AbortSignal;
  readonly opened: (publisher: wireIngest.Publisher) => void;
  /** The frame that goes out as message `request`; `finish` ends the stream, `undefined` waits for `ring`. */
  readonly next: (request: number) => PublishFrame | 'finish' | undefined;
  readonly acked: (sequence: number, requests: number) => void;
  readonly rejected: (reject: wireIngest.PublishReject) => void;
  /** Called once a second. */
  readonly watch: () => void;
};

type Call = DuplexCall<PublishFrame, wireIngest.PublishResponse>;

const watchMs = 1_000;

/** A stream; `run` once. */
export class PublishSession {
  readonly #parts: SessionParts;
  readonly #over = new AbortController();
  #wake: (() => void) | undefined;
  /** Requests sent, `open` being the first. */
  #requests = 0;
  #settledRequests = 0;
  #movedMs = 0;
  #isFinished = false;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  /** There may be something to send. */
  ring(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  /** Resolves when the stream ended as `finish` asked for; rejects with `RpcError` or `PublisherFailedError`. */
  async run(): Promise<void> {
    const { address, tls, stop } = this.#parts;
    const channel = connectGrpc({ address, errorCodec: errorDetails, ...(tls === undefined ? {} : { tls }) });
    const end = (): void => {
      this.#over.abort(stop.reason);
      this.ring();
    };
    stop.addEventListener('abort', end, { once: true });
    try {
      await this.#stream(channel);
    } finally {
      stop.removeEventListener('abort', end);
      this.#over.abort();
      this.ring();
      channel.close();
    }
  }

  async #stream(channel: GrpcChannel): Promise<void> {
    const { clock, stop } = this.#parts;
    if (stop.aborted) throw new RpcError('CANCELLED', '', 'the publisher was closed');
    const { fullName } = wireIngest.IngestServiceDefinition;
    const call = channel.duplex(publishMethod, fullName, { signal: this.#over.signal });
    const responses = call.responses[Symbol.asyncIterator]();
    await this.#open(call, responses);
    this.#movedMs = clock.monotonicMs();
    const stalled = this.#watch();
    const reading = this.#read(responses);
    const writing = this.#write(call);
    // Whichever fails first says why; the others end with it.
    await Promise.race([Promise.all([reading, writing]), stalled]);
  }

  async #open(call: Call, responses: AsyncIterator<wireIngest.PublishResponse>): Promise<void> {
    const { clock, openMs } = this.#parts;
    const first = responses.next();
    // Both fail with the call, whose error comes by `first` where it is waited for.
    void Promise.allSettled([first, call.send(this.#parts.open)]);
    this.#requests = 1;
    const timer = new AbortController();
    const late = clock.sleep(openMs, timer.signal).then(() => undefined);
    const answer = await Promise.race([first, late]);
    timer.abort();
    if (answer === undefined) throw noAnswer(`opened no stream within ${openMs} ms`);
    const opened = answer.done === true ? undefined : answer.value.response;
    if (opened?.$case !== 'opened' || opened.value.publisher === undefined) throw noAnswer('did not answer open');
    this.#parts.opened(opened.value.publisher);
  }

  async #read(responses: AsyncIterator<wireIngest.PublishResponse>): Promise<void> {
    for (let next = await responses.next(); next.done !== true; next = await responses.next()) {
      const { response } = next.value;
      if (response?.$case === 'reject') this.#parts.rejected(response.value);
      if (response?.$case !== 'ack') continue;
      this.#movedMs = this.#parts.clock.monotonicMs();
      this.#settledRequests = Number(response.value.requests);
      this.#parts.acked(Number(response.value.sequence), this.#settledRequests);
      this.ring();
    }
    if (!this.#isFinished) throw new RpcError('UNAVAILABLE', '', 'the server ended the stream before its end');
  }

  async #write(call: Call): Promise<void> {
    while (!this.#over.signal.aborted) {
      const frame = this.#parts.next(this.#requests + 1);
      if (frame === 'finish') {
        this.#isFinished = true;
        call.finish();
        return;
      }
      if (frame === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      } else {
        this.#requests += 1;
        if (this.#settledRequests === this.#requests - 1) this.#movedMs = this.#parts.clock.monotonicMs();
        await call.send(frame);
      }
    }
  }

  /** Rejects when nothing was settled for too long; else never settles. */
  async #watch(): Promise<never> {
    const { clock, settleMs, watch } = this.#parts;
    for (;;) {
      await clock.sleep(watchMs, this.#over.signal);
      if (this.#over.signal.aborted) return await new Promise<never>(() => undefined);
      watch();
      this.ring();
      const isWaiting = this.#settledRequests < this.#requests && this.#requests > 1;
      if (!isWaiting || clock.monotonicMs() - this.#movedMs < settleMs) continue;
      throw noAnswer(`settled nothing for ${settleMs} ms`);
    }
  }
}

function noAnswer(what: string): PublisherFailedError {
  return new PublisherFailedError('NO_ANSWER', `the server ${what}`);
}
