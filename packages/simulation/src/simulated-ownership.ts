/**
 * Who owns what in the simulated world, decided by hand. In: gains, losses, failures as a test wants them. Out: the seam
 * `Ownership` for one worker, and what the worker told. Several of them may say that one partition is theirs: law 5 holds
 * with two owners, and a test has to be able to make them.
 */
import type { Ownership } from '@tapeline/domain';

/** The ownership of one worker. */
export class SimulatedOwnership implements Ownership {
  readonly failed: Promise<never>;
  readonly #owned = new Set<number>();
  readonly #listeners = new Set<{ readonly hear: (partitions: readonly number[]) => void }>();
  readonly #rates = new Map<number, number>();
  readonly #positions = new Map<number, number>();
  /** The highest count of partitions that the worker asked to be shared out; 0 = it never did. */
  partitionsInUse = 0;
  /** Partitions of which the worker told that another one took them over, in order. */
  readonly claimsLost: number[] = [];
  #fail: (error: Error) => void = () => undefined;
  #hasLeft = false;

  /** Owns these from the beginning. */
  constructor(partitions: Iterable<number> = []) {
    for (const partition of partitions) this.#owned.add(partition);
    this.failed = new Promise<never>((_, reject) => {
      this.#fail = reject;
    });
  }

  /** What is owned now, ascending. */
  get owned(): readonly number[] {
    return [...this.#owned].sort((left, right) => left - right);
  }

  /** Whether the worker gave everything back. */
  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  /** The newest rate and position of each partition, as the worker told them. */
  get rates(): ReadonlyMap<number, number> {
    return this.#rates;
  }

  get positions(): ReadonlyMap<number, number> {
    return this.#positions;
  }

  follow(hear: (partitions: readonly number[]) => void): () => void {
    const listener = { hear };
    this.#listeners.add(listener);
    hear(this.owned);
    return () => void this.#listeners.delete(listener);
  }

  noteRate(partition: number, ticksPerSecond: number): void {
    this.#rates.set(partition, ticksPerSecond);
  }

  notePosition(partition: number, nextOffset: number): void {
    this.#positions.set(partition, nextOffset);
  }

  noteClaimLost(partition: number): void {
    this.claimsLost.push(partition);
  }

  usePartitions(count: number): void {
    this.partitionsInUse = Math.max(this.partitionsInUse, count);
  }

  async leave(): Promise<void> {
    this.#hasLeft = true;
    this.#owned.clear();
    this.#tell();
  }

  /** The worker gets a partition. */
  gain(partition: number): void {
    this.#owned.add(partition);
    this.#tell();
  }

  /** It loses one. */
  lose(partition: number): void {
    this.#owned.delete(partition);
    this.#tell();
  }

  /** From now on nobody can say what is owned. */
  fail(error: Error): void {
    this.#fail(error);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener.hear(this.owned);
  }
}
