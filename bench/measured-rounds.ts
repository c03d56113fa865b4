/**
 * Measures work by the CPU time it takes. In: work that can be done again and again. Out: seconds of user and system
 * time of the whole process, round by round, so that garbage collection and compilation on other threads count and
 * other processes on the machine do not. Rounds of their own warm up and are not in the answer.
 */

/** What one round took. */
export type Round<Result> = { readonly cpuSeconds: number; readonly result: Result };

/** CPU time that warming up takes at least: by then the loops run as compiled, also where a round is short. */
const warmUpSecondsMin = 1.5;

/**
 * Warms up, one round at least, and then runs `work` `rounds` times. Garbage is not collected in between: a round pays
 * for what the one before left. A collection between rounds would take the classes of a state that nothing holds any
 * more with it, and all that the compiler knows of them, which never happens to a worker.
 */
export function measureRounds<Result>(rounds: number, work: () => Result): Round<Result>[] {
  for (let warmUpSeconds = 0; warmUpSeconds < warmUpSecondsMin;) warmUpSeconds += measureOnce(work).cpuSeconds;
  return Array.from({ length: rounds }, () => measureOnce(work));
}

/** Runs `work` once. */
export function measureOnce<Result>(work: () => Result): Round<Result> {
  const before = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(before);
  return { cpuSeconds: (user + system) / 1e6, result };
}

/** The middle value; of an even number the lower middle one. */
export function medianOf(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor((values.length - 1) / 2)] ?? Number.NaN;
}
