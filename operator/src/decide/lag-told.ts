/**
 * The lag that a status shows. In: what was shown, what waits now. Out: what to show: one significant digit, and the old figure
 * while the new one is within a factor of two, because a status that follows every record would write all the time.
 */

/** What is shown. */
export type ToldLag = { readonly records: number; readonly partition: number | undefined };

/** Records below this are the ordinary way of a worker between two commits. */
const ordinary = 100;

/** What to show from now on. */
export function toldLag(before: ToldLag | undefined, lags: ReadonlyMap<number, number>): ToldLag {
  let [most, partition] = [0, -1];
  for (const [each, lag] of lags) if (lag > most) [most, partition] = [lag, each];
  if (most < ordinary) return { records: 0, partition: undefined };
  if (before !== undefined && before.records > 0 && most >= before.records / 2 && most <= before.records * 2)
    return before;
  const unit = 10 ** Math.floor(Math.log10(most));
  return { records: Math.round(most / unit) * unit, partition };
}
