/**
 * What decides a worker. In: nothing. Out: the type and the defaults that hold where nobody says otherwise. What is in
 * `fold` decides outputs and is part of every snapshot; everything else decides when things happen, never what (law 1).
 */
import { type FoldConfig, foldConfigDefaults } from '@tapeline/domain';

/** The configuration of all partitions of one worker. */
export type WorkerConfig = {
  /**
   * The fold's configuration but for its partition and the base partitions, which the log says; see `FoldConfig`.
   * `retainedBytesMax` counts for each partition.
   */
  readonly fold: Omit<FoldConfig, 'partition' | 'basePartitions'>;
  /**
   * Whether counted ticks are kept, in chunks of the store and records of the topic `tape`. With `off` bars are the same, and
   * readers of ticks find nothing of the time; the records of `tape` then say only how far the partition is.
   */
  readonly tape: 'on' | 'off';
  /** Bytes of records that are folded before the event loop has its turn, at least one record; 4,096 to 1,048,576. */
  readonly stepBytesMax: number;
  /** Pause between snapshots, ms. */
  readonly snapshotIntervalMs: number;
  /** Shortest pause between two rounds of forming bars, ms; under load it stretches to `pauseMsMax`. */
  readonly formingIntervalMs: number;
  /** Shortest pause between two writes of open tape chunks, ms; under load it stretches to `pauseMsMax`. */
  readonly tapeIntervalMs: number;
  /**
   * So long without a record makes a partition quiet: then a Time record closes the bars that wait, ms. A quiet partition
   * beside one in which publishers write gets a Time record after twice as long, one after the other.
   */
  readonly quietMs: number;
  /**
   * Outputs of a partition that may be under way or held back, bytes; at the bound the partition stops reading, and earlier where store
   * or log are slow.
   */
  readonly heldBackBytesMax: number;
  /** How long `stop` waits for outputs under way, ms. */
  readonly stopWaitMs: number;
};

/** The fold's configuration in one partition of a stream that was made with so many. */
export function foldConfigOf({ fold }: WorkerConfig, partition: number, basePartitions: number): FoldConfig {
  return { ...fold, partition, basePartitions };
}

/** To what the pauses of forming bars and tape chunks stretch, ms. */
export const pauseMsMax: number = 250;

/** Defaults for a live stream. */
export const workerConfigDefaults: WorkerConfig = {
  fold: foldConfigDefaults,
  tape: 'on',
  stepBytesMax: 131_072,
  snapshotIntervalMs: 5_000,
  formingIntervalMs: 10,
  tapeIntervalMs: 50,
  quietMs: 1_000,
  heldBackBytesMax: 16_777_216,
  stopWaitMs: 5_000,
};
