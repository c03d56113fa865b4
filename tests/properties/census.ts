/**
 * Counts what the seeds of a property met. In: features by seed. Out: one printed line, and an error where a feature is
 * rarer than it must be, so that a generator that has died does not pass for a property that holds.
 */
import { isReplay, seedCount } from './seeds.ts';

/** So few seeds say nothing about how often a feature occurs. */
const seedsMin = 300;

/** Seeds by feature. */
export class Census {
  readonly #property: string;
  readonly #seeds = new Map<string, number>();
  #total = 0;

  constructor(property: string) {
    this.#property = property;
  }

  /** Counts one seed and the features that it had. */
  count(features: Readonly<Record<string, boolean | number>>): void {
    this.#total += 1;
    for (const [name, had] of Object.entries(features)) {
      this.#seeds.set(name, (this.#seeds.get(name) ?? 0) + (Number(had) > 0 ? 1 : 0));
    }
  }

  /** Prints the counts, and throws `RangeError` for a feature that less than its share of seeds had (0 to 1). */
  close(share: number, atLeast: Readonly<Record<string, number>>): void {
    const counts = [...this.#seeds].map(([name, seeds]) => `${name} ${seeds}`);
    console.log(`${this.#property}: of ${this.#total} seeds ${counts.join(', ')}`);
    if (isReplay() || seedCount(share) < seedsMin) return;
    for (const [name, part] of Object.entries(atLeast)) {
      const seeds = this.#seeds.get(name) ?? 0;
      if (seeds >= part * this.#total) continue;
      throw new RangeError(
        `only ${seeds} of ${this.#total} seeds had '${name}'; it takes ${part * 100} %: look at the generator`,
      );
    }
  }
}
