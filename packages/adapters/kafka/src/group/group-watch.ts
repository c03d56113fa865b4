/**
 * Finds out when a worker without an answer of its group is better ended. In: when the group last confirmed it, when it
 * answered at all, whether any broker answers. Out: to go on, or why not. While no broker answers, waiting is right: a
 * new process would hear nothing either.
 */

/** What it watches with. */
export type GroupWatchOptions = {
  /** Without any answer about membership so long, ms: our client hangs. */
  readonly hangMs: number;
  /** Without being confirmed so long, ms, whatever is answered: we are cut off. */
  readonly cutOffMs: number;
  /** How often a broker is asked during silence, ms. */
  readonly askEveryMs: number;
  readonly monotonicMs: () => number;
  /** When the group last confirmed us. */
  readonly contactMs: () => number;
  /** When a broker last answered a question about membership, be it with an error. */
  readonly answeredMs: () => number;
  /** Whether a broker answers; never rejects. */
  readonly answers: () => Promise<boolean>;
};

/** How membership is. */
export type GroupStanding = 'goes on' | 'hangs' | 'is cut off';

/** Watches; `look` is called every now and then, and not again before it resolved. */
export class GroupWatch {
  readonly #options: GroupWatchOptions;
  #answersSinceMs: number | undefined;
  #askedMs = -Infinity;

  constructor(options: GroupWatchOptions) {
    this.#options = options;
  }

  /** Anything but `goes on` only if brokers have answered all through that silence. */
  async look(): Promise<GroupStanding> {
    const { hangMs, cutOffMs, askEveryMs, monotonicMs, contactMs, answeredMs } = this.#options;
    const nowMs = monotonicMs();
    if (nowMs - contactMs() < askEveryMs) {
      this.#answersSinceMs = undefined;
      return 'goes on';
    }
    if (nowMs - this.#askedMs < askEveryMs) return 'goes on';
    this.#askedMs = nowMs;
    if (!(await this.#options.answers())) {
      this.#answersSinceMs = undefined;
      return 'goes on';
    }
    this.#answersSinceMs ??= nowMs;
    const sinceMs = Math.max(this.#answersSinceMs, contactMs());
    if (monotonicMs() - Math.max(sinceMs, answeredMs()) >= hangMs) return 'hangs';
    return monotonicMs() - sinceMs >= cutOffMs ? 'is cut off' : 'goes on';
  }
}
