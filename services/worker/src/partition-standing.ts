/**
 * Which state a partition is in, and who hears of it. In: what happens to it. Out: the state with a sentence for people,
 * logged when it changes. Effects that do not go through make it held back until the last of them does.
 */
import type { Logger } from '@tapeline/runtime';
import type { PartitionState } from './partition-status.ts';

/** Hears of every change. */
export type StandingListener = (state: PartitionState, detail: string) => void;

type Standing = { readonly state: PartitionState; readonly detail: string };

/** The state of one partition; it begins recovering. */
export class PartitionStanding {
  readonly #logger: Logger;
  readonly #tell: StandingListener;
  #base: Standing = { state: 'recovering', detail: 'looks for a snapshot' };
  /** Effects that wait, by name, with why. */
  readonly #waiting = new Map<string, string>();
  #failure: Error | undefined;

  constructor(logger: Logger, tell: StandingListener) {
    this.#logger = logger;
    this.#tell = tell;
  }

  get now(): Standing {
    const [waiting] = this.#waiting;
    if (waiting === undefined || this.#failure !== undefined) return this.#base;
    return { state: 'held-back', detail: `${waiting[0]} waits: ${waiting[1]}` };
  }

  get isRecovering(): boolean {
    return this.#base.state === 'recovering';
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  recovering(detail: string): void {
    this.#become({ state: 'recovering', detail });
  }

  running(): void {
    this.#logger.info('partition has caught up');
    this.#become({ state: 'running', detail: 'counts what comes' });
  }

  stopped(): void {
    if (this.#failure === undefined) this.#become({ state: 'stopped', detail: 'was stopped' });
  }

  failed(error: Error): void {
    this.#failure = error;
    this.#become({ state: 'failed', detail: error.message });
  }

  /** An effect waits for store or log. */
  heldBack(what: string, error: Error): void {
    if (!this.#waiting.has(what)) this.#logger.warn('waits for store or log', { what, error });
    this.#waiting.set(what, error.message);
    this.#tellNow();
  }

  /** It went through. */
  through(what: string): void {
    if (!this.#waiting.delete(what)) return;
    this.#logger.info('goes on', { what });
    this.#tellNow();
  }

  #become(standing: Standing): void {
    this.#base = standing;
    this.#tellNow();
  }

  #tellNow(): void {
    const { state, detail } = this.now;
    this.#tell(state, detail);
  }
}
