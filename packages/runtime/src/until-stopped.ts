/**
 * Waits for the stop of a process. In: a signal. Out: a promise of its firing, which resolves for whoever comes late as
 * well, so that no stop is missed.
 */

/** Resolves once `stop` fires, at once if it has. */
export function untilStopped(stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted) resolve();
    else stop.addEventListener('abort', () => resolve(), { once: true });
  });
}
