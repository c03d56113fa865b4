/**
 * What waits for one reader. In: batches from the hub. Out: the same in their order. Bounded: when more bytes wait than
 * allowed the queue lets go of everything and ends with READER_TOO_SLOW, so a reader that is stuck costs nothing and
 * goes on later from the last resume token it was sent.
 */
import type { RpcError } from '@tapeline/grpc';
import { refusal } from '../refusal.ts';
import type { StreamBatch } from './stream-batch.ts';
import type { StreamItem } from './stream-item.ts';

/** How a queue is made. */
export type StreamQueueOptions = {
  readonly bytesMax: number;
  /** For each partition the offset before which nothing is taken in; 0 for those that are added later. */
  readonly starts: readonly number[];
  /** Called once when the queue ends with an error, so that a stream whose reader takes nothing ends too. */
  readonly onProblem?: ((problem: RpcError) => void) | undefined;
};

/** The queue of one stream. */
export class StreamQueue<Item extends StreamItem> {
  readonly #options: StreamQueueOptions;
  #batches: StreamBatch<Item>[] = [];
  #head = 0;
  #bytes = 0;
  #problem: RpcError | undefined;
  #woken = false;
  #resolve: (() => void) | undefined;

  constructor(options: StreamQueueOptions) {
    this.#options = options;
  }

  /** Why the queue takes nothing any more. */
  get problem(): RpcError | undefined {
    return this.#problem;
  }

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.#head === this.#batches.length;
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes in a batch, unless its place was read before the queue was made. */
  offer(batch: StreamBatch<Item>): void {
    if (this.#problem !== undefined || batch.nextOffset <= (this.#options.starts[batch.partition] ?? 0)) return;
    this.#bytes += batch.bytes;
    if (this.#bytes > this.#options.bytesMax) {
      this.end(tooSlow(this.#options.bytesMax));
      return;
    }
    this.#batches.push(batch);
    this.wake();
  }

  /** The next batch; `undefined` if none waits. */
  take(): StreamBatch<Item> | undefined {
    const batch = this.#batches[this.#head];
    if (batch === undefined) return undefined;
    this.#head += 1;
    this.#bytes -= batch.bytes;
    if (this.#head === this.#batches.length || this.#head >= 1_024) {
      this.#batches = this.#batches.slice(this.#head);
      this.#head = 0;
    }
    return batch;
  }

  /** Ends the queue: what waits is let go of, and whoever takes learns why. */
  end(problem: RpcError): void {
    if (this.#problem !== undefined) return;
    this.#problem = problem;
    this.#batches = [];
    this.#head = 0;
    this.#bytes = 0;
    this.#options.onProblem?.(problem);
    this.wake();
  }

  /** Lets the one that waits look again. */
  wake(): void {
    this.#woken = true;
    this.#resolve?.();
    this.#resolve = undefined;
  }

  /** Resolves once `wake` was called since the last time. One waits at a time. */
  async wait(): Promise<void> {
    if (!this.#woken) {
      await new Promise<void>((resolve) => {
        this.#resolve = resolve;
      });
    }
    this.#woken = false;
  }
}

function tooSlow(bytesMax: number): RpcError {
  return refusal(
    'READER_TOO_SLOW',
    `more than ${bytesMax} bytes waited for this reader; go on with the last resume token, after a pause, or follow less`,
    { limit: `${bytesMax}` },
  );
}
