/**
 * Turns of streams at reading the log. In: streams that want to read a stretch. Out: a turn for each, first come first
 * served. Law 7: so many read at once however many want to, so what lies ready in their readers is bounded; who waits is
 * bounded by the number of streams, as each waits for one turn.
 */

/** Turns of one process. */
export class ReadTurns {
  #free: number;
  readonly #waiting = new Set<() => void>();

  /** `max` is how many read at once, 1 or more. */
  constructor(max: number) {
    this.#free = max;
  }

  /** Whether anybody waits for a turn. */
  get isWanted(): boolean {
    return this.#waiting.size > 0;
  }

  /** Waits for a turn; what it resolves to ends the turn and may be called twice. `undefined` if the signal fires before. */
  async take(signal: AbortSignal): Promise<(() => void) | undefined> {
    if (signal.aborted) return undefined;
    if (this.#free > 0) {
      this.#free -= 1;
      return this.#turn();
    }
    return new Promise((resolve) => {
      const begin = (): void => {
        signal.removeEventListener('abort', leave);
        resolve(this.#turn());
      };
      const leave = (): void => {
        this.#waiting.delete(begin);
        resolve(undefined);
      };
      this.#waiting.add(begin);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  #turn(): () => void {
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      const [next] = this.#waiting;
      if (next === undefined) this.#free += 1;
      else {
        this.#waiting.delete(next);
        next();
      }
    };
  }
}
