/**
 * Waits for what a test expects to come about. In: a question. Out: a promise that resolves soon after its answer is
 * yes, and rejects with the question's name after five seconds.
 */

const waitMsMax = 5_000;

/** Resolves when `holds` answers true; `what` names it in the error. */
export async function waitUntil(what: string, holds: () => boolean): Promise<void> {
  const startMs = performance.now();
  while (!holds()) {
    if (performance.now() - startMs > waitMsMax) throw new RangeError(`waited ${waitMsMax} ms in vain: ${what}`);
    await new Promise<void>((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}
