/**
 * Measures work that waits, by the CPU time of this process. In: work that can be done again and again. Out: CPU and wall
 * seconds round by round, compilation and garbage collection included. Rounds of their own warm up and are not in it.
 */

/** What one round took. */
export type AsyncRound<Result> = { readonly cpuSeconds: number; readonly seconds: number; readonly result: Result };

/** CPU time that warming up takes at least, s, and rounds that it takes at most. */
const warmUpSecondsMin = 1.5;
const warmUpRoundsMax = 8;

/** Warms up, one round at least, and then runs `work` `rounds` times; it hears the number of its round, from 0. */
export async function measureAsyncRounds<Result>(
  rounds: number,
  work: (round: number) => Promise<Result>,
): Promise<AsyncRound<Result>[]> {
  let number = 0;
  for (let seconds = 0; seconds < warmUpSecondsMin && number < warmUpRoundsMax; number += 1) {
    seconds += (await measureAsyncOnce(() => work(number))).cpuSeconds;
  }
  const measured: AsyncRound<Result>[] = [];
  for (const end = number + rounds; number < end; number += 1)
    measured.push(await measureAsyncOnce(() => work(number)));
  return measured;
}

/** Runs `work` once. */
export async function measureAsyncOnce<Result>(work: () => Promise<Result>): Promise<AsyncRound<Result>> {
  const [before, beforeMs] = [process.cpuUsage(), performance.now()];
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return { cpuSeconds: (user + system) / 1e6, seconds: (performance.now() - beforeMs) / 1_000, result };
}
