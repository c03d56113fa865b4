/**
 * What a worker needs of `control`, the topic of maps. In: who follows the topic in its process. Out: the worker's part. Without it nobody
 * places instruments: the worker shares the partitions that the stream was made with, and reports to nobody.
 */
import { type ControlFollower, reportPartition } from '@tapeline/control';
import type { ControlLog, PartitionReport, RateReport } from '@tapeline/domain';

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

/** The part of a worker of that name, by whoever follows `control` in its process. */
export function workerControlOf(
  worker: string,
  follower: Pick<ControlFollower, 'view' | 'onChange'>,
  control: Pick<ControlLog, 'append'>,
): WorkerControl {
  return {
    worker,
    followPartitions: (hear) => {
      hear(follower.view.placement.partitions);
      return follower.onChange(({ placement }) => hear(placement.partitions));
    },
    report: (report, rates) => reportPartition(control, report, rates),
  };
}
