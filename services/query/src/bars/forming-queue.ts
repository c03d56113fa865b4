/**
 * Forming bars that wait for one reader. In: publications. Out: of each bar the newest, at most once in so many ms.
 * Bounded: beyond it the bar that waited longest is left out, which the contract allows for forming bars alone.
 */
import type { Clock } from '@tapeline/runtime';
import type { LiveBar } from './live-bar.ts';

/** How a queue is made. */
export type FormingQueueOptions = {
  readonly clock: Clock;
  /** Shortest time between two takes, ms. */
  readonly everyMs: number;
  readonly barsMax: number;
  /** Told of each bar that a newer one replaced, or that was left out. */
  readonly onConflated: () => void;
};

/** The forming bars of one stream. */
export class FormingQueue {
  readonly #options: FormingQueueOptions;
  readonly #waiting = new Map<string, LiveBar>();
  #lastMs = -Infinity;
  #wake: (() => void) | undefined;
  #timer: AbortController | undefined;

  constructor(options: FormingQueueOptions) {
    this.#options = options;
  }

  /** From now on `wake` is called when bars can be taken. */
  start(wake: () => void): void {
    this.#wake = wake;
    if (this.#waiting.size > 0) wake();
  }

  /** Lets go of everything. */
  stop(): void {
    this.#wake = undefined;
    this.#timer?.abort();
    this.#waiting.clear();
  }

  /** Takes in bars; an older one of the same bar goes. */
  offer(bars: readonly LiveBar[]): void {
    if (bars.length === 0) return;
    const { barsMax, onConflated } = this.#options;
    for (const bar of bars) {
      if (this.#waiting.delete(bar.key)) onConflated();
      this.#waiting.set(bar.key, bar);
      if (this.#waiting.size <= barsMax) continue;
      const [oldest] = this.#waiting.keys();
      this.#waiting.delete(oldest as string);
      onConflated();
    }
    this.#ring();
  }

  /** What waits, if it is time; and when not, `wake` is called once it is. */
  take(): LiveBar[] {
    if (this.#waiting.size === 0) return [];
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs < this.#lastMs + this.#options.everyMs) {
      this.#ring();
      return [];
    }
    this.#lastMs = nowMs;
    const bars = [...this.#waiting.values()];
    this.#waiting.clear();
    return bars;
  }

  #ring(): void {
    if (this.#wake === undefined || this.#timer !== undefined) return;
    const { clock, everyMs } = this.#options;
    const waitMs = this.#lastMs + everyMs - clock.monotonicMs();
    if (waitMs <= 0) this.#wake();
    else void this.#ringIn(waitMs);
  }

  async #ringIn(waitMs: number): Promise<void> {
    const timer = new AbortController();
    this.#timer = timer;
    await this.#options.clock.sleep(waitMs, timer.signal);
    this.#timer = undefined;
    this.#wake?.();
  }
}
