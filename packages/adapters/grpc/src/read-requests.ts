/**
 * The requests of a call. In: bytes as the library gives them. Out: messages, pulled one by one or as many as are there;
 * the stream is read no further while so many wait (law 7). Bytes that are no message end the call with FIELD_INVALID.
 * Whoever waits is woken once for all that comes in one turn of the event loop, not for each message.
 */
import { RpcError } from './rpc-error.ts';
import type { MessageCodec, Requests } from './service-definition.ts';

/** Bytes of requests of one stream that may wait for their handler; the stream is read no further then. */
export const requestBytesHeldMax = 262_144;

/** Requests of one stream that may wait, however small they are. */
export const requestsHeldMax = 4_096;

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

/** What a queue asks of its call. */
export type RequestSource = {
  /** Fires when the handler shall come to an end; its reason is thrown at whoever pulls. */
  readonly signal: AbortSignal;
  /** Asks for the next request, which comes by `push`, at once or later. */
  startRead(): void;
  /** So many requests came since it was said last. */
  counted(requests: number): void;
};

/** Requests between the library, which pushes them, and a handler, which pulls them. They are read once. */
export class RequestQueue {
  readonly #source: RequestSource;
  #held: Uint8Array[] = [];
  /** Of `held`, those before it were taken. */
  #next = 0;
  #heldBytes = 0;
  #uncounted = 0;
  #isReading = false;
  #isReadWanted = false;
  #hasEnded = false;
  #wake: (() => void) | undefined;
  #isWaking = false;

  constructor(source: RequestSource) {
    this.#source = source;
    source.signal.addEventListener('abort', () => this.#wake?.(), { once: true });
  }

  /** Begins to read. */
  start(): void {
    this.#readOn();
  }

  /** A request came. */
  push(bytes: Uint8Array): void {
    this.#held.push(bytes);
    this.#heldBytes += bytes.byteLength;
    this.#uncounted += 1;
    this.#wakeSoon();
    this.#readOn();
  }

  /** No request follows. */
  end(): void {
    this.#hasEnded = true;
    this.#wakeSoon();
  }

  /** The requests as messages of a codec. */
  of<Request>(codec: MessageCodec<Request>): Requests<Request> {
    const take = (): Request | undefined => {
      const bytes = this.#take();
      return bytes === undefined ? undefined : readRequest(codec, bytes);
    };
    const next = async (): Promise<IteratorResult<Request, undefined>> => {
      for (;;) {
        const request = take();
        if (request !== undefined) return { done: false, value: request };
        if (this.#hasEnded) return { done: true, value: undefined };
        await this.#more();
      }
    };
    const over = async (): Promise<IteratorResult<Request, undefined>> => ({ done: true, value: undefined });
    return { ready: take, [Symbol.asyncIterator]: () => ({ next, return: over }) };
  }

  #take(): Uint8Array | undefined {
    this.#source.signal.throwIfAborted();
    const bytes = this.#held[this.#next];
    if (bytes === undefined) {
      this.#count();
      return undefined;
    }
    this.#next += 1;
    this.#heldBytes -= bytes.byteLength;
    if (this.#next === this.#held.length) {
      this.#held = [];
      this.#next = 0;
    }
    if (this.#isReadWanted) this.#readOn();
    return bytes;
  }

  /** Resolves when something may have changed. */
  async #more(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
  }

  /** When the turn is over, so that everything that the transport has by then is taken together. */
  #wakeSoon(): void {
    if (this.#wake === undefined || this.#isWaking) return;
    this.#isWaking = true;
    setImmediate(() => {
      this.#isWaking = false;
      this.#wake?.();
    });
  }

  /** Reads on unless too much waits. What is there already comes inside `startRead`, and is not read inside itself. */
  #readOn(): void {
    this.#isReadWanted = true;
    if (this.#isReading) return;
    this.#isReading = true;
    while (this.#isReadWanted && this.#heldBytes < requestBytesHeldMax && this.#heldCount() < requestsHeldMax) {
      this.#isReadWanted = false;
      this.#source.startRead();
    }
    this.#isReading = false;
  }

  #heldCount(): number {
    return this.#held.length - this.#next;
  }

  #count(): void {
    if (this.#uncounted === 0) return;
    this.#source.counted(this.#uncounted);
    this.#uncounted = 0;
  }
}
