/**
 * A process's part in `control`. In: the topic. Out: the map followed, and the news that nothing can be followed any more, with which the
 * process has to end; until then it does as the last map says.
 */
import type { ControlLog, LogError } from '@tapeline/domain';
import type { Clock, Logger, RandomSource } from '@tapeline/runtime';
import { ControlFollower } from './control-follower.ts';

/** What joining needs. */
export type ControlParts = {
  readonly control: ControlLog;
  /** See `TickLog.basePartitions`. */
  readonly basePartitions: number;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
};

/** How a process follows. */
export type FollowWish = {
  /** See `ControlFollowerParts.keepsReports`. */
  readonly keepsReports: boolean;
  /** What the process ends with when the topic was replaced or closed by others. */
  readonly failure: (error: LogError) => Error;
};

/** `control`, followed. */
export type FollowedControl = {
  readonly follower: ControlFollower;
  /** Rejects with the failure of the wish. */
  readonly lost: Promise<never>;
  /** Follows no further; the topic stays open. May be called twice. */
  leave(): Promise<void>;
};

/** Begins to follow. */
export function followUntilLost(
  { control, ...parts }: ControlParts,
  { keepsReports, failure }: FollowWish,
): FollowedControl {
  let lose: (error: Error) => void = () => undefined;
  const lost = new Promise<never>((_, reject) => {
    lose = reject;
  });
  // Nobody has to wait for it.
  lost.catch((error: unknown) => parts.logger.error('control is lost; the process has to be started again', { error }));
  const onLost = (error: LogError): void => lose(failure(error));
  const follower = new ControlFollower({ ...parts, log: control, keepsReports, onLost });
  return { follower, lost, leave: () => follower.close() };
}
