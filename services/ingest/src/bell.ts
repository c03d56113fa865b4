/**
 * Waiting for something that another call brings about. In: waiters. Out: all of them woken at once. It keeps nothing:
 * whoever is woken looks again.
 */

/** A bell that wakes whoever waits for it. */
export class Bell {
  #heard: Promise<void> | undefined;
  #wake: (() => void) | undefined;

  /** Resolves at the next ring. */
  heard(): Promise<void> {
    this.#heard ??= new Promise((resolve) => {
      this.#wake = resolve;
    });
    return this.#heard;
  }

  ring(): void {
    this.#heard = undefined;
    this.#wake?.();
    this.#wake = undefined;
  }
}
