/**
 * The seam to whoever makes partitions of a log that is in use. In: nothing. Out: the type, and how many there can be. Law: partitions are added and never taken
 * away, and adding moves nothing: an instrument lives in one of the first `basePartitions` until a map says otherwise (ADR 21).
 */

/**
 * Most partitions that the log of a stream is made with or given: of a data directory each is four tables, and on Kafka it is as many as
 * a TickStream declares. What is in records and maps has the wider bound `partitionsMax`.
 */
export const streamPartitionsMax = 256;

/** Adds partitions to every topic of a `TickLog`. */
export type PartitionAdmin = {
  /**
   * Sees to it that each topic has at least `count` partitions, and answers how many every one of them has: more than `count` where
   * there were more. May be repeated at will, by several at once. `TickLog.partitionCount` rises only at the next `refreshPartitions`.
   * Rejects with `LogError`: PARTITIONS_REFUSED where so many cannot be had, with nothing added; LOG_UNAVAILABLE where it is not known
   * how many there are now, which the same call finds out; LOG_REPLACED; LOG_CLOSED.
   */
  addPartitions(count: number): Promise<number>;
};
