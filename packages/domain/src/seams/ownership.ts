/**
 * The seam between a worker and whoever spreads partitions over workers. In: nothing. Out: the types. Law 5: ownership
 * is for speed, never for correctness; two workers that both believe they own a partition do no harm.
 */

/** Which partitions this process works on. */
export type Ownership = {
  /** Hears at once, and at each change, all partitions that are ours now, ascending; until the returned function is called. */
  follow(listener: (partitions: readonly number[]) => void): () => void;
  /** Ticks a second that a partition of ours carries, so that partitions are spread by weight; the newest counts. */
  noteRate(partition: number, ticksPerSecond: number): void;
  /** How far a partition of ours is counted, for those who watch lag from outside; the newest counts, nothing depends on it. */
  notePosition(partition: number, nextOffset: number): void;
  /**
   * Another worker has taken a partition of ours over, as the store says: where nobody else can be asked that is an answer,
   * and the partition is not ours until somebody can.
   */
  noteClaimLost(partition: number): void;
  /**
   * Partitions 0 to `count` - 1 are shared out from now on, among all workers, as a map names them and the log has them; it only
   * rises. Until somebody calls it there are those that the stream was made with. What is new is told to followers like any change.
   */
  usePartitions(count: number): void;
  /** Gives every partition back, so that others take them at once; may be called twice. */
  leave(): Promise<void>;
  /** Rejects when nobody can say any more what is ours: the process should end and be started again. */
  readonly failed: Promise<never>;
};

/** Where the workers are. */
export type Workers = {
  /**
   * The address at which the owner of each partition answers, `host:port`, as it was a few seconds ago at most; a partition
   * without an owner is missing. Rejects when nobody can say.
   */
  addresses(): Promise<ReadonlyMap<number, string>>;
};

/** Ownership of every partition, where a log has one worker alone. */
export function ownsAll(partitionCount: number): Ownership {
  let all = upTo(partitionCount);
  const followers = new Set<{ readonly hear: (partitions: readonly number[]) => void }>();
  return {
    follow: (hear) => {
      const follower = { hear };
      followers.add(follower);
      hear(all);
      return () => void followers.delete(follower);
    },
    noteRate: () => undefined,
    notePosition: () => undefined,
    noteClaimLost: () => undefined,
    usePartitions: (count) => {
      if (count <= all.length) return;
      all = upTo(count);
      for (const { hear } of followers) hear(all);
    },
    leave: async () => undefined,
    failed: new Promise<never>(() => undefined),
  };
}

function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, partition) => partition);
}
