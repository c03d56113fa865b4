/**
 * The write timestamp of a bar: what decides between two revisions in every cell. In: start, fold version, revision. Out:
 * µs, start + foldVersion · 2^36 + revision. Law 5: of one bar the higher (fold version, revision) has the higher
 * timestamp, so rows never mix; near the bar's own time, so that compaction by time stays sane.
 */
import type { Bar } from '@tapeline/domain';

/** What a timestamp can hold. */
export const writeTimestampLimits = {
  /** Revisions are below it: 2^36. */
  revisionEnd: 68_719_476_736,
  foldVersionMax: 255,
  /** Starts are within ± this, s (the year 2223), so that the sum is exact as a number. */
  startSecMax: 8_000_000_000,
} as const;

/** The timestamp, µs. Throws `RangeError` that names the field, its value and the limit. */
export function writeTimestamp({
  startSec,
  foldVersion,
  revision,
}: Pick<Bar, 'startSec' | 'foldVersion' | 'revision'>): number {
  const { revisionEnd, foldVersionMax, startSecMax } = writeTimestampLimits;
  if (!(revision >= 0 && revision < revisionEnd)) throw beyond('revision', revision, `0 to ${revisionEnd - 1}`);
  if (!(foldVersion >= 0 && foldVersion <= foldVersionMax))
    throw beyond('fold version', foldVersion, `0 to ${foldVersionMax}`);
  if (!(startSec >= -startSecMax && startSec <= startSecMax)) throw beyond('start', startSec, `±${startSecMax} s`);
  return startSec * 1_000_000 + foldVersion * revisionEnd + revision;
}

function beyond(name: string, value: number, limit: string): RangeError {
  return new RangeError(
    `a bar's ${name} ${value} is beyond ${limit}, and its write timestamp would not be in order; it is not written`,
  );
}
