/**
 * How many writes may be under way at once. In: successes and signs of overload. Out: the window. It grows by one for each
 * window of successes and is halved by a timeout or an overloaded node, once for all that were under way at that moment.
 */

/** Bounds of the window, in batches. */
export const windowLimits = { start: 64, min: 2, max: 512 } as const;

/** An additive-increase, multiplicative-decrease window. */
export class WriteWindow {
  #size: number = windowLimits.start;
  #successes = 0;
  /** Failures of writes that began before this number do not halve it again. */
  #halvedAt = 0;
  #begun = 0;

  /** At most so many at once. */
  get size(): number {
    return this.#size;
  }

  /** A write begins; the number tells when. */
  begin(): number {
    this.#begun += 1;
    return this.#begun;
  }

  /** One went through while others waited. */
  succeeded(): void {
    this.#successes += 1;
    if (this.#successes < this.#size) return;
    this.#successes = 0;
    this.#size = Math.min(windowLimits.max, this.#size + 1);
  }

  /** The one that began as `begun` met an overloaded node. */
  overloaded(begun: number): void {
    if (begun <= this.#halvedAt) return;
    this.#halvedAt = this.#begun;
    this.#successes = 0;
    this.#size = Math.max(windowLimits.min, this.#size >> 1);
  }
}
