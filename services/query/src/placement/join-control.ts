/**
 * A query process's part in `control`. In: the topic. Out: the map and reports followed, read to their end before anything is served
 * if the log answers in time, since a stream that begins with an old map says less of its watermark, and nothing wrong; and the news
 * that nothing can be followed any more, with which the process has to end.
 */
import { type ControlFollower, type ControlParts, followUntilLost } from '@tapeline/control';
import { LogError } from '@tapeline/domain';
import type { Clock, Logger } from '@tapeline/runtime';
import type { PlacementSource } from './placement-source.ts';

/** `control`, joined. */
export type JoinedControl = {
  readonly source: PlacementSource;
  /** Resolves once all of it was read that there was, or after ten seconds. */
  readonly read: Promise<void>;
  /** Rejects with `LogError` once the topic was replaced or closed by others. */
  readonly lost: Promise<never>;
  /** Follows no further; the topic stays open. May be called twice. */
  leave(): Promise<void>;
};

const readMsMax = 10_000;

/** Begins to follow. */
export function joinControl(parts: ControlParts): JoinedControl {
  const { clock, logger } = parts;
  const joined = followUntilLost(parts, { keepsReports: true, failure: (error) => error });
  const { follower, lost } = joined;
  return { source: follower, read: readWithin(follower, clock, logger), lost, leave: () => joined.leave() };
}

async function readWithin(follower: ControlFollower, clock: Clock, logger: Logger): Promise<void> {
  const done = new AbortController();
  const late = clock.sleep(readMsMax, done.signal).then(() => {
    if (!done.signal.aborted)
      logger.warn('control was not read to its end in time; serving begins without', { readMsMax });
  });
  const whole = follower.caughtUp().catch((error: unknown) => {
    // `lost` tells of it.
    if (!(error instanceof LogError)) throw error;
  });
  await Promise.race([whole, late]);
  done.abort();
}
