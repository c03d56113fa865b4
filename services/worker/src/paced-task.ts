/**
 * Work that follows changes at a pace. In: `arm` after each change. Out: the task runs once, a pause later, however often
 * it was armed meanwhile, and never twice at once; nothing runs while nothing changes. The clock given decides when.
 */
import type { Clock } from '@tapeline/runtime';

/** What a paced task needs. */
export type PacedTaskConfig = {
  readonly clock: Clock;
  /** Ends all pauses; nothing runs after it. */
  readonly stop: AbortSignal;
  /** From a change to the run, ms; asked anew before each pause. */
  readonly pauseMs: () => number;
  readonly run: () => Promise<void> | void;
  /** Hears of a run that failed; the next `arm` runs it again. */
  readonly failed: (error: unknown) => void;
};

/** One task. */
export class PacedTask {
  readonly #config: PacedTaskConfig;
  #isArmed = false;
  #running: Promise<void> | undefined;

  constructor(config: PacedTaskConfig) {
    this.#config = config;
  }

  /** Something changed: run after the pause. */
  arm(): void {
    if (this.#config.stop.aborted) return;
    this.#isArmed = true;
    this.#running ??= this.#turns();
  }

  /** Resolves when nothing runs or waits any more; call it after `stop` fired. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #turns(): Promise<void> {
    const { clock, stop, pauseMs, run, failed } = this.#config;
    while (this.#isArmed) {
      await clock.sleep(pauseMs(), stop);
      if (stop.aborted) break;
      this.#isArmed = false;
      try {
        await run();
      } catch (error) {
        failed(error);
      }
    }
    this.#running = undefined;
  }
}
