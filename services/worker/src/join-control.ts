/**
 * A worker process's part in `control`. In: the topic, and what the worker is called. Out: the map followed and reports appended, behind
 * the worker's own small seam; and the news that nothing can be followed any more, with which the process has to end.
 */
import { type ControlParts, type FollowedControl, followUntilLost } from '@tapeline/control';
import { type WorkerControl, workerControlOf } from './worker-control.ts';
import { WorkerFailedError } from './worker-types.ts';

/** What joining needs. */
export type WorkerControlParts = ControlParts & {
  /** How it is called in reports, `host:port`. */
  readonly worker: string;
};

/** `control`, joined; `lost` rejects with `WorkerFailedError` once the topic was replaced or closed by others. */
export type JoinedControl = WorkerControl & Pick<FollowedControl, 'lost' | 'leave'>;

/** Begins to follow. */
export function joinControl({ worker, ...parts }: WorkerControlParts): JoinedControl {
  const failure = (cause: Error): WorkerFailedError => {
    const message = `the worker cannot follow its maps any more: ${cause.message}; start it again`;
    return new WorkerFailedError(undefined, message, { cause });
  };
  const joined = followUntilLost(parts, { keepsReports: false, failure });
  const part = workerControlOf(worker, joined.follower, parts.control);
  return { ...part, lost: joined.lost, leave: () => joined.leave() };
}
