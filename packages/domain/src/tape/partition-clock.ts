/**
 * The clock of a partition (rules K1 to K3). In: append times of records. Out: the highest so far, and how long the
 * partition has waited. Law 2: no other clock enters. Append times can step back when a leader changes; the clock
 * does not. Waiting counts at most 2 s a record, so that an outage, after which the clock jumps, declares nothing.
 */

/** A record counts at most so much as waiting, ms (rule K3). */
export const waitedMsPerRecordMax = 2_000;

/** Time as one partition knows it. */
export class PartitionClock {
  /** Highest append time, ms since the Unix epoch; 0 before the first record. */
  nowMs = 0;
  /** Sum of the clock's steps, each counted up to 2 s, ms. */
  waitedMs = 0;

  /** Takes in the append time of the next record. */
  advance(appendTimeMs: number): void {
    if (appendTimeMs <= this.nowMs) return;
    this.waitedMs += Math.min(appendTimeMs - this.nowMs, this.nowMs === 0 ? 0 : waitedMsPerRecordMax);
    this.nowMs = appendTimeMs;
  }
}
