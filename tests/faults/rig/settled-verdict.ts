/**
 * Waits for a verdict. In: a look at what is there. Out: the first verdict with which all is well, or what was seen when nothing had
 * changed for so long, or when time was up.
 */
import { pause } from './until.ts';

/** What looks. */
export type VerdictLooks<Verdict> = {
  /** One look; `startMs` is when the first began, by `performance.now()`. */
  readonly look: (startMs: number) => Promise<Verdict>;
  /** Rises as long as something is still to come that the verdict does not show. */
  readonly ends: () => number;
  readonly isOver: (verdict: Verdict) => boolean;
};

/** How long nothing may change, how long it may take at all, and between looks, ms. */
export type SettlingTimes = { readonly stableMs: number; readonly withinMs: number; readonly everyMs: number };

/** Looks until it is over. Rejects as a look does. */
export async function settledVerdict<Verdict extends object>(
  { look, ends, isOver }: VerdictLooks<Verdict>,
  { stableMs, withinMs, everyMs }: SettlingTimes,
): Promise<Verdict> {
  const startMs = performance.now();
  let [changedMs, before] = [startMs, ''];
  for (;;) {
    const verdict = await look(startMs);
    const nowMs = performance.now();
    const now = JSON.stringify({ ...verdict, tookMs: 0, ends: ends() });
    if (now !== before) [changedMs, before] = [nowMs, now];
    if (isOver(verdict) || nowMs - changedMs > stableMs || nowMs - startMs > withinMs) return verdict;
    await pause(everyMs);
  }
}
