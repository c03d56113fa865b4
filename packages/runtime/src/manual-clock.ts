/**
 * A clock that a test moves. In: `advance` and `setWallMs`. Out: a `Clock` whose sleepers wake in the order of their
 * times. Between two wakings whoever woke runs on, so a loop that sleeps again is seen at its next time too.
 */
import { type Clock, checkSleep } from './clock.ts';

type Sleeper = { readonly atMs: number; readonly wake: () => void };

const sleepersMax = 10_000;

/** Time by hand; it stands still until it is moved. */
export class ManualClock implements Clock {
  #wallMs: number;
  #elapsedMs = 0;
  readonly #sleepers = new Set<Sleeper>();

  /** `startMs` is the Unix time it begins with, ms. */
  constructor(startMs = 0) {
    this.#wallMs = startMs;
  }

  nowMs(): number {
    return this.#wallMs;
  }

  nowNs(): bigint {
    return BigInt(Math.floor(this.#wallMs)) * 1_000_000n;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  /** How many wait now. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  /** As `Clock.sleep`; also `RangeError` for the 10,001st sleeper, which no test needs. */
  async sleep(ms: number, stop?: AbortSignal): Promise<void> {
    checkSleep(ms);
    if (stop?.aborted === true) return;
    if (this.#sleepers.size >= sleepersMax) {
      throw new RangeError(`${sleepersMax} sleep on this clock already; does something sleep without waiting for it?`);
    }
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        this.#sleepers.delete(sleeper);
        stop?.removeEventListener('abort', wake);
        resolve();
      };
      const sleeper: Sleeper = { atMs: this.#elapsedMs + Math.max(0, ms), wake };
      this.#sleepers.add(sleeper);
      stop?.addEventListener('abort', wake, { once: true });
    });
  }

  /** Moves both times on by `ms` ≥ 0 and wakes who is due. Resolves when those who woke have run. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#elapsedMs + ms;
    await settle();
    for (let next = this.#next(untilMs); next !== undefined; next = this.#next(untilMs)) {
      this.#moveTo(Math.max(this.#elapsedMs, next.atMs));
      next.wake();
      await settle();
    }
    this.#moveTo(untilMs);
  }

  /** Corrects the time of day, as an operator or NTP does; waits and durations do not notice. */
  setWallMs(ms: number): void {
    this.#wallMs = ms;
  }

  #moveTo(elapsedMs: number): void {
    this.#wallMs += elapsedMs - this.#elapsedMs;
    this.#elapsedMs = elapsedMs;
  }

  #next(untilMs: number): Sleeper | undefined {
    let next: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      if (sleeper.atMs <= untilMs && (next === undefined || sleeper.atMs < next.atMs)) next = sleeper;
    }
    return next;
  }
}

/** Lets promises, and callbacks of I/O that is done, run. */
async function settle(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}
