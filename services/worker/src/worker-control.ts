/**
 * What a worker needs of `control`, the topic of maps. In: nothing. Out: the type; main.ts wires it. Without it nobody places
 * instruments: the worker shares the partitions that the stream was made with, and reports to nobody.
 */
import type { PartitionReport, RateReport } from '@tapeline/domain';

/** A worker's part in `control`. */
export type WorkerControl = {
  /** What the worker is called in reports: `host:port`, or its name in this process. */
  readonly worker: string;
  /**
   * Calls `hear` with the number of partitions of the map in force, at once if one is known, and whenever it changes; until the
   * returned function is called.
   */
  followPartitions(hear: (partitions: number) => void): () => void;
  /**
   * Leaves the report of a partition, whose rates are those of some instruments, and the rates of all where they are told. Rejects where
   * one may not be there; it is not tried again.
   */
  report(report: PartitionReport, rates: RateReport | undefined): Promise<unknown>;
};
