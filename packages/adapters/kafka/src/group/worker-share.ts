/**
 * What is ours, as far as anybody can say. In: joins, signs of life from the group, and who took over. Out: the partitions,
 * told to followers at each change. Law 5: silence of the group changes nothing, because two owners do no harm and none
 * would; only a join, another who has a partition and our own end do.
 */

/** What a share needs. */
export type WorkerShareOptions = {
  /** A clock that never runs backwards, ms. */
  readonly monotonicMs: () => number;
  /** Called for a listener that threw. */
  readonly onFault: (error: unknown) => void;
};

type Listener = (partitions: readonly number[]) => void;

/** The partitions of this worker. */
export class WorkerShare {
  readonly #options: WorkerShareOptions;
  readonly #listeners = new Set<Listener>();
  #told: readonly number[] = [];
  /** What the group gave us last. */
  #given: readonly number[] = [];
  #generation = 0;
  #contactMs: number;
  #hasLeft = false;

  constructor(options: WorkerShareOptions) {
    this.#options = options;
    this.#contactMs = options.monotonicMs();
  }

  /** What followers know: ascending. */
  get owned(): readonly number[] {
    return this.#told;
  }

  /** The generation in which it was given, 0 if nothing is; an estimate, one too high at most, until the first sign of life after a join. */
  get generation(): number {
    return this.#told.length === 0 ? 0 : this.#generation;
  }

  /** When the group last confirmed us, ms of the given clock; at first, since when there is a share. */
  get contactMs(): number {
    return this.#contactMs;
  }

  /** As `Ownership.follow`. */
  follow(listener: Listener): () => void {
    // A function of its own, so that whoever follows twice hears twice and leaves once.
    const own: Listener = (partitions) => listener(partitions);
    this.#listeners.add(own);
    this.#tellOne(own);
    return () => void this.#listeners.delete(own);
  }

  /** The group gave these partitions. */
  joined(partitions: readonly number[]): void {
    if (this.#hasLeft) return;
    this.#generation += 1;
    this.#contactMs = this.#options.monotonicMs();
    this.#given = partitions.toSorted((one, other) => one - other);
    this.#become(this.#given);
  }

  /** The group knows us still, so that what it gave us is ours. */
  alive(generation: number): void {
    if (this.#hasLeft) return;
    this.#generation = generation;
    this.#contactMs = this.#options.monotonicMs();
    this.#become(this.#given);
  }

  /** Another one has this partition: it is not ours until the group says so. */
  takenOver(partition: number): void {
    this.#become(this.#told.filter((owned) => owned !== partition));
  }

  /** Nothing is ours from here on. */
  left(): void {
    this.#hasLeft = true;
    this.#become([]);
  }

  #become(partitions: readonly number[]): void {
    const before = this.#told;
    if (before.length === partitions.length && before.every((partition, index) => partition === partitions[index]))
      return;
    this.#told = partitions;
    for (const listener of this.#listeners) this.#tellOne(listener);
  }

  #tellOne(listener: Listener): void {
    try {
      listener(this.#told);
    } catch (error) {
      this.#options.onFault(error);
    }
  }
}
