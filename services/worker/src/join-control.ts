/**
 * A worker process's part in `control`. In: the topic, and what the worker is called. Out: the map followed and reports appended, behind
 * the worker's own small seam; and the news that nothing can be followed any more, with which the process has to end.
 */
import { ControlFollower, reportPartition } from '@tapeline/control';
import type { ControlLog } from '@tapeline/domain';
import type { Clock, Logger, RandomSource } from '@tapeline/runtime';
import type { WorkerControl } from './worker-control.ts';
import { WorkerFailedError } from './worker-types.ts';

/** What joining needs. */
export type ControlParts = {
  readonly control: ControlLog;
  /** See `TickLog.basePartitions`. */
  readonly basePartitions: number;
  /** How it is called in reports, `host:port`. */
  readonly worker: string;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
};

/** `control`, joined. */
export type JoinedControl = WorkerControl & {
  /** Rejects with `WorkerFailedError` once the topic was replaced or closed by others. */
  readonly lost: Promise<never>;
  /** Follows no further; the topic stays open. May be called twice. */
  leave(): Promise<void>;
};

/** Begins to follow. */
export function joinControl({ control, worker, ...parts }: ControlParts): JoinedControl {
  let lose: (error: Error) => void = () => undefined;
  const lost = new Promise<never>((_, reject) => {
    lose = reject;
  });
  // Nobody has to wait for it.
  lost.catch((error: unknown) => parts.logger.error('control is lost', { error }));
  const follower = new ControlFollower({
    ...parts,
    log: control,
    keepsReports: false,
    onLost: (error) => {
      const message = `the worker cannot follow its maps any more: ${error.message}; start it again`;
      lose(new WorkerFailedError(undefined, message, { cause: error }));
    },
  });
  return {
    worker,
    lost,
    followPartitions: (hear) => {
      hear(follower.view.placement.partitions);
      return follower.onChange(({ placement }) => hear(placement.partitions));
    },
    report: (report, rates) => reportPartition(control, report, rates),
    leave: () => follower.close(),
  };
}
