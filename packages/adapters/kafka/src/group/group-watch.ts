/**
 * Finds out that membership hangs although the cluster is well. In: when the group last said something, and whether a
 * broker answers. Out: whether to give up. kafkajs's consumer has stood still before without an error, and only a new
 * process is sure to mend that; while no broker answers, waiting is right.
 */

/** What it watches with. */
export type GroupWatchOptions = {
  /** Silence of the group that is taken for a hang while brokers answer, ms. */
  readonly silenceMs: number;
  /** How often a broker is asked during silence, ms. */
  readonly askEveryMs: number;
  readonly monotonicMs: () => number;
  readonly contactMs: () => number;
  /** Whether a broker answers; never rejects. */
  readonly answers: () => Promise<boolean>;
};

/** Watches; `look` is called every now and then, and not again before it resolved. */
export class GroupWatch {
  readonly #options: GroupWatchOptions;
  #answersSinceMs: number | undefined;
  #askedMs = -Infinity;

  constructor(options: GroupWatchOptions) {
    this.#options = options;
  }

  /** `true` if brokers have answered all through a silence of `silenceMs`. */
  async look(): Promise<boolean> {
    const { silenceMs, askEveryMs, monotonicMs, contactMs } = this.#options;
    const nowMs = monotonicMs();
    if (nowMs - contactMs() < askEveryMs) {
      this.#answersSinceMs = undefined;
      return false;
    }
    if (nowMs - this.#askedMs < askEveryMs) return false;
    this.#askedMs = nowMs;
    if (!(await this.#options.answers())) {
      this.#answersSinceMs = undefined;
      return false;
    }
    this.#answersSinceMs ??= nowMs;
    return monotonicMs() - Math.max(this.#answersSinceMs, contactMs()) >= silenceMs;
  }
}
