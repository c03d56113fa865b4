/**
 * How a feed is told to end. In: the seam's `stop`. Out: two signals: at the first nothing new is taken and what was
 * taken is settled; at the second, a grace later, what a sink did not settle is given up. So a stop is always soon.
 */
import type { Clock } from '@tapeline/runtime';

/** The two signals of one run. */
export type FeedStop = {
  readonly asked: AbortSignal;
  readonly graceOver: AbortSignal;
  /** Asks for a stop from inside, as where one part of a feed failed. */
  ask(): void;
  /** Lets go of the timer, when the run is over. */
  release(): void;
};

/** How long a stop waits for a sink to settle, ms. */
export const stopGraceMs = 5_000;

/** The signals of a `stop`; one that rejects stops too. */
export function feedStop(stop: Promise<void>, clock: Clock): FeedStop {
  const asked = new AbortController();
  const graceOver = new AbortController();
  const released = new AbortController();
  const begin = async (): Promise<void> => {
    if (asked.signal.aborted) return;
    asked.abort();
    await clock.sleep(stopGraceMs, released.signal);
    if (!released.signal.aborted) graceOver.abort();
  };
  void stop.then(begin, begin);
  return { asked: asked.signal, graceOver: graceOver.signal, ask: () => void begin(), release: () => released.abort() };
}
