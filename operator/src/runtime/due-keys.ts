/**
 * Keys that wait for their time. In: keys with a time each. Out: the earliest, and those that are due. A key waits once: of two
 * times the earlier counts. Pure; a binary heap whose outdated entries are skipped, and thrown out when they are the most.
 */

type Entry<Value> = { readonly key: string; readonly dueMs: number; readonly value: Value };

/** The waiting keys, each with a value. */
export class DueKeys<Value> {
  readonly #current = new Map<string, Entry<Value>>();
  #heap: Entry<Value>[] = [];

  /** How many wait. */
  get size(): number {
    return this.#current.size;
  }

  has(key: string): boolean {
    return this.#current.has(key);
  }

  /** Lets a key wait until `dueMs`, or until it is due anyway if that is earlier; the value is that of the time that counts. */
  add(key: string, dueMs: number, value: Value): void {
    const before = this.#current.get(key);
    if (before !== undefined && before.dueMs <= dueMs) return;
    const entry = { key, dueMs, value };
    this.#current.set(key, entry);
    this.#push(entry);
    if (this.#heap.length > 64 && this.#heap.length > this.#current.size * 2) this.#rebuild();
  }

  /** Forgets a key's waiting. */
  remove(key: string): void {
    this.#current.delete(key);
  }

  /** When the earliest is due; undefined if none waits. */
  nextMs(): number | undefined {
    this.#dropOutdated();
    return this.#heap[0]?.dueMs;
  }

  /** Takes the earliest key that is due by `nowMs`. */
  take(nowMs: number): { readonly key: string; readonly value: Value } | undefined {
    this.#dropOutdated();
    const first = this.#heap[0];
    if (first === undefined || first.dueMs > nowMs) return undefined;
    this.#pop();
    this.#current.delete(first.key);
    return { key: first.key, value: first.value };
  }

  #dropOutdated(): void {
    for (
      let first = this.#heap[0];
      first !== undefined && this.#current.get(first.key) !== first;
      first = this.#heap[0]
    ) {
      this.#pop();
    }
  }

  #rebuild(): void {
    this.#heap = [];
    for (const entry of this.#current.values()) this.#push(entry);
  }

  #push(entry: Entry<Value>): void {
    const heap = this.#heap;
    heap.push(entry);
    for (let at = heap.length - 1; at > 0;) {
      const above = (at - 1) >> 1;
      if (!this.#swapIfEarlier(at, above)) return;
      at = above;
    }
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    for (let at = 0; ;) {
      const [left, right] = [at * 2 + 1, at * 2 + 2];
      const least = (heap[right]?.dueMs ?? Infinity) < (heap[left]?.dueMs ?? Infinity) ? right : left;
      if (least >= heap.length || !this.#swapIfEarlier(least, at)) return;
      at = least;
    }
  }

  #swapIfEarlier(lower: number, upper: number): boolean {
    const [below, above] = [this.#heap[lower], this.#heap[upper]];
    if (below === undefined || above === undefined || below.dueMs >= above.dueMs) return false;
    this.#heap[lower] = above;
    this.#heap[upper] = below;
    return true;
  }
}
