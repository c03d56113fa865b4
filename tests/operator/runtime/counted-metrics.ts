/**
 * Metrics that a test reads. In: what is counted, set and measured. Out: the numbers by name and labels. It holds names to the same
 * rule as the process's own: counters end in `_total`, others do not.
 */
import type { Labels, Metrics } from '@tapeline/runtime';

/** Keeps every number. */
export class CountedMetrics implements Metrics {
  readonly #numbers = new Map<string, number>();
  readonly contentType: string = 'text/plain';

  /** A counter's sum, a gauge's value or a histogram's count; 0 if there is none. */
  value(name: string, labels: Labels = {}): number {
    return this.#numbers.get(keyOf(name, labels)) ?? 0;
  }

  /** The sum over all labels. */
  sum(name: string): number {
    return [...this.#numbers].reduce((sum, [key, value]) => (key.startsWith(`${name}{`) ? sum + value : sum), 0);
  }

  counter(name: string): { add(n?: number, labels?: Labels): void } {
    if (!name.endsWith('_total')) throw new RangeError(`counter ${name} does not end in _total`);
    return { add: (n = 1, labels = {}) => this.#add(name, n, labels) };
  }

  gauge(name: string): {
    set(value: number, labels?: Labels): void;
    add(n: number, labels?: Labels): void;
    remove(labels: Labels): void;
  } {
    if (name.endsWith('_total')) throw new RangeError(`gauge ${name} ends in _total`);
    return {
      set: (value, labels = {}) => void this.#numbers.set(keyOf(name, labels), value),
      add: (n, labels = {}) => this.#add(name, n, labels),
      remove: (labels) => void this.#numbers.delete(keyOf(name, labels)),
    };
  }

  histogram(name: string): { observe(value: number, labels?: Labels): void } {
    return { observe: (_value, labels = {}) => this.#add(name, 1, labels) };
  }

  async text(): Promise<string> {
    return [...this.#numbers].map(([key, value]) => `${key} ${value}`).join('\n');
  }

  #add(name: string, n: number, labels: Labels): void {
    const key = keyOf(name, labels);
    this.#numbers.set(key, (this.#numbers.get(key) ?? 0) + n);
  }
}

function keyOf(name: string, labels: Labels): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
  return `${name}{${pairs.toSorted((a, b) => (a < b ? -1 : 1)).join(',')}}`;
}
