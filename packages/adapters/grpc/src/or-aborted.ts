/**
 * Waiting that can end early. In: a promise and a signal. Out: what the promise says, or that the signal fired first. A
 * stream waits like this millions of times on one signal, so nothing is left behind at the signal (law 7); a race
 * against one long promise would leave a reaction there each time.
 */

/** What a promise said, or `undefined` if the signal fired before. A rejection after that is dropped. */
export async function orAborted<Value>(
  work: PromiseLike<Value>,
  signal: AbortSignal,
): Promise<{ readonly value: Value } | undefined> {
  if (signal.aborted) {
    // Nobody waits for it any more; unhandled it would end the process.
    void Promise.allSettled([work]);
    return undefined;
  }
  return await new Promise((resolve, reject) => {
    const stop = (): void => resolve(undefined);
    signal.addEventListener('abort', stop, { once: true });
    work.then(
      (value) => {
        signal.removeEventListener('abort', stop);
        resolve({ value });
      },
      (error: unknown) => {
        signal.removeEventListener('abort', stop);
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}
