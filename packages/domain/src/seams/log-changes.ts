/**
 * Waiting for what changes a log. In: news that it may hold more, or be over. Out: whoever waits woken, to look again. Law: what changes
 * between a look and the wait that follows it is not missed, as the look is begun by noting the count.
 */

/** Tells those who wait at the end of a log. */
export class LogChanges {
  readonly #wakes = new Set<() => void>();
  #count = 0;

  /** Rises with every change; whoever looks notes it before. */
  get count(): number {
    return this.#count;
  }

  /** Something may have changed: all who wait look again. */
  tell(): void {
    this.#count += 1;
    for (const wake of this.#wakes) wake();
    this.#wakes.clear();
  }

  /** Resolves once something changed after `count` was noted, at once if it has. */
  async since(count: number): Promise<void> {
    if (count !== this.#count) return;
    await new Promise<void>((resolve) => {
      this.#wakes.add(resolve);
    });
  }
}
