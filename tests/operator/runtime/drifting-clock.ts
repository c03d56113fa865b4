/**
 * The clock of one process among several. In: a time that all share, how fast this clock goes and what day it believes in. Out: a
 * `Clock`. The process can stand still as under SIGSTOP: nothing of it runs, and when it goes on its clock has gone on.
 */
import type { KubeApi, KubeObject } from '@tapeline/kubernetes';
import type { Clock, ManualClock } from '@tapeline/runtime';

/** A process's own time. */
export class DriftingClock implements Clock {
  readonly #shared: ManualClock;
  readonly #rate: number;
  readonly #wallOffsetMs: number;
  #resumed: Promise<void> | undefined;
  #resume: (() => void) | undefined;

  /** `rate` 1.1 is a clock that gains a tenth. */
  constructor(shared: ManualClock, rate: number, wallOffsetMs: number) {
    this.#shared = shared;
    this.#rate = rate;
    this.#wallOffsetMs = wallOffsetMs;
  }

  get isStopped(): boolean {
    return this.#resumed !== undefined;
  }

  nowMs(): number {
    return this.#shared.nowMs() + this.#wallOffsetMs;
  }

  nowNs(): bigint {
    return BigInt(Math.floor(this.nowMs())) * 1_000_000n;
  }

  monotonicMs(): number {
    return this.#shared.monotonicMs() * this.#rate;
  }

  async sleep(ms: number, stop?: AbortSignal): Promise<void> {
    await this.#shared.sleep(ms / this.#rate, stop);
    await this.whenRunning();
  }

  /** SIGSTOP. */
  standStill(): void {
    this.#resumed ??= new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  /** SIGCONT. */
  goOn(): void {
    this.#resumed = undefined;
    this.#resume?.();
  }

  /** Resolves when the process runs. */
  async whenRunning(): Promise<void> {
    while (this.#resumed !== undefined) await this.#resumed;
  }
}

/** The API as a process sees it: answers that come while it stands still are heard when it goes on. */
export function heardBy(clock: DriftingClock, api: KubeApi): KubeApi {
  const heard = async <Value>(call: Promise<Value>): Promise<Value> => {
    try {
      return await call;
    } finally {
      await clock.whenRunning();
    }
  };
  const own = (object: Promise<KubeObject>): Promise<KubeObject> => heard(object);
  return {
    get: (...call) => heard(api.get(...call)),
    list: (...call) => heard(api.list(...call)),
    watch: (...call) => heard(api.watch(...call)),
    apply: (...call) => own(api.apply(...call)),
    create: (...call) => own(api.create(...call)),
    patch: (...call) => own(api.patch(...call)),
    delete: (...call) => heard(api.delete(...call)),
  };
}
