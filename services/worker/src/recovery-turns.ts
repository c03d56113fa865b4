/**
 * How many partitions of a worker recover at once. In: partitions that want to. Out: a turn each, the lowest partition first
 * among those that wait. Law 7: a snapshot being read is as large as a partition's state, so a worker that gains many
 * partitions holds two of them beside the states; a turn has a bound, too, past which the next one begins beside it.
 */
import type { Clock } from '@tapeline/runtime';
import { PartitionEndedError } from './partition-ended-error.ts';

/** Partitions that recover at once. */
export const recoveriesMax = 2;
/** How long a turn is, ms: one that hangs must not keep the others from recovering. */
export const turnMsMax = 60_000;

/** A turn. */
export type RecoveryTurn = {
  /** The next one may begin; may be called twice. */
  readonly end: () => void;
};

type Waiter = { readonly partition: number; readonly wake: () => void };

/** The turns of one worker. */
export class RecoveryTurns {
  readonly #clock: Clock;
  readonly #tell: (waiting: number) => void;
  #turns = 0;
  /** One a partition at most. */
  readonly #waiters = new Set<Waiter>();

  /** `tell` hears how many wait, whenever that changes. */
  constructor(clock: Clock, tell: (waiting: number) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /**
   * Resolves when it is the partition's turn, which ends with `stop` or its bound, if not before; `waits` is called if that
   * is not now.
   * Rejects with `PartitionEndedError` when `stop` fires first.
   */
  async take(partition: number, stop: AbortSignal, waits: () => void): Promise<RecoveryTurn> {
    if (stop.aborted) throw endedBefore();
    if (this.#turns < recoveriesMax) this.#turns += 1;
    else {
      waits();
      await this.#wait(partition, stop);
    }
    return this.#turn(stop);
  }

  /** Resolves with a turn that is counted already. */
  async #wait(partition: number, stop: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        this.#forget(waiter);
        reject(endedBefore());
      };
      const wake = (): void => {
        stop.removeEventListener('abort', leave);
        this.#forget(waiter);
        this.#turns += 1;
        resolve();
      };
      const waiter = { partition, wake };
      this.#waiters.add(waiter);
      this.#tell(this.#waiters.size);
      stop.addEventListener('abort', leave, { once: true });
    });
  }

  #turn(stop: AbortSignal): RecoveryTurn {
    const over = new AbortController();
    const end = (): void => {
      if (over.signal.aborted) return;
      over.abort();
      stop.removeEventListener('abort', end);
      this.#turns -= 1;
      this.#lowest()?.wake();
    };
    stop.addEventListener('abort', end, { once: true });
    if (stop.aborted) end();
    else void this.#clock.sleep(turnMsMax, over.signal).then(end);
    return { end };
  }

  #forget(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    this.#tell(this.#waiters.size);
  }

  #lowest(): Waiter | undefined {
    return [...this.#waiters].sort((left, right) => left.partition - right.partition)[0];
  }
}

function endedBefore(): PartitionEndedError {
  return new PartitionEndedError('the partition ended before its turn to recover');
}
