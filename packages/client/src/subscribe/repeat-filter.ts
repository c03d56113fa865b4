/**
 * Drops what came before. In: things by name, each with a rank that rises. Out: whether this rank is above all that were
 * seen under the name. Pure. Law 7: it keeps a bounded number of names; of one that was forgotten, the one that was not
 * seen for the longest time, a repeat goes through, which a reader that keeps the highest rank does not notice.
 */

/** Names that one filter keeps. */
export const namesMaxDefault = 200_000;

/** The highest rank of each name. */
export class RepeatFilter {
  readonly #ranks = new Map<string, readonly [number, number]>();
  readonly #namesMax: number;

  constructor(namesMax: number = namesMaxDefault) {
    this.#namesMax = namesMax;
  }

  /** How many names it keeps. */
  get size(): number {
    return this.#ranks.size;
  }

  /** Whether (major, minor) is above what was seen of this name. */
  isAbove(name: string, major: number, minor: number): boolean {
    const seen = this.#ranks.get(name);
    return seen === undefined || major > seen[0] || (major === seen[0] && minor > seen[1]);
  }

  /** As `isAbove`; if so it is seen from now on. */
  isNew(name: string, major: number, minor: number): boolean {
    if (!this.isAbove(name, major, minor)) return false;
    this.#ranks.delete(name);
    this.#ranks.set(name, [major, minor]);
    if (this.#ranks.size > this.#namesMax) {
      const [oldest] = this.#ranks.keys();
      if (oldest !== undefined) this.#ranks.delete(oldest);
    }
    return true;
  }

  /** A fresh snapshot follows, of which nothing is a repeat. */
  clear(): void {
    this.#ranks.clear();
  }
}
