/**
 * When an object is looked at again. In: what its round did. Out: ms. Rounds that go on changing something, or waiting for something,
 * come at growing distances, so that two writers who undo each other cost little and nothing spins.
 */
import type { RandomSource } from '@tapeline/runtime';

/** What a round was: it did something, something is still waited for, or all is settled. */
export type RoundKind = 'acted' | 'waiting' | 'settled';

const firstMs: Readonly<Record<RoundKind, number>> = { acted: 200, waiting: 1_000, settled: 60_000 };
const mostMs = 60_000;
/** Of the time that is taken off by chance, so that many objects do not come in step. */
const jitterShare = 0.2;
const keysMax = 100_000;

/** The waits of every object of a kind. */
export class RoundWaits {
  readonly #random: RandomSource;
  readonly #rounds = new Map<string, { readonly kind: RoundKind; readonly count: number }>();

  constructor(random: RandomSource) {
    this.#random = random;
  }

  /** The wait after a round. */
  after(key: string, kind: RoundKind): number {
    const before = this.#rounds.get(key);
    const count = before?.kind === kind ? before.count + 1 : 0;
    this.#rounds.delete(key);
    if (kind !== 'settled') this.#rounds.set(key, { kind, count });
    // One that is forgotten begins with short waits again.
    for (const oldest of this.#rounds.keys()) {
      if (this.#rounds.size <= keysMax) break;
      this.#rounds.delete(oldest);
    }
    const limitMs = Math.min(mostMs, firstMs[kind] * 2 ** Math.min(count, 20));
    return Math.round(limitMs * (1 - jitterShare * this.#random.next()));
  }

  /** Forgets an object that is gone. */
  forget(key: string): void {
    this.#rounds.delete(key);
  }
}
