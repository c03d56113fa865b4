/**
 * Waits of a fault. In: ms, or a condition with a bound. Out: nothing, or the time that it took. No wait is without end, and
 * one that ends in vain says what it waited for.
 */

/** Waits. */
export async function pause(ms: number): Promise<void> {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** Waits until it is so; answers after how many ms. Rejects with the words if it is not so in time. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  { withinMs = 60_000, everyMs = 50 }: { readonly withinMs?: number; readonly everyMs?: number } = {},
): Promise<number> {
  const startMs = performance.now();
  while (!(await isSo())) {
    if (performance.now() - startMs > withinMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await pause(everyMs);
  }
  return Math.round(performance.now() - startMs);
}
