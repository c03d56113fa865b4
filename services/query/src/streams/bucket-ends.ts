/**
 * Says when a bucket is complete. In: the lowest clock of the partitions of a selection. Out: for each interval the
 * latest end that every live bar has passed, once. A bar closes when the clock is at its end plus the lateness, and the
 * record that says so comes after the bar, so all bars up to that end were sent before.
 */
import {
  type Bucket,
  bucketAt,
  calendarNamed,
  type Interval,
  parseInterval,
  type SessionCalendar,
} from '@tapeline/domain';

/** The end of a bucket of an interval, whole seconds since the Unix epoch. */
export type BucketEndNotice = { readonly interval: string; readonly endSec: number };

type Track = { readonly interval: Interval; lastEndSec: number; nextEndSec: number };

const alwaysOpen = '24/7';

/** The ends of one stream; they only rise. */
export class BucketEnds {
  readonly #tracks: Track[];
  readonly #calendars: readonly SessionCalendar[];

  /** `intervals` and `calendars` by name; calendars that this version does not know count as one that never closes. */
  constructor(intervals: readonly string[], calendars: Iterable<string>) {
    const known = [...new Set(calendars)].flatMap((name) => calendarNamed(name) ?? []);
    const open = calendarNamed(alwaysOpen);
    this.#calendars = known.length > 0 || open === undefined ? known : [open];
    this.#tracks = intervals.flatMap((name) => {
      const interval = parseInterval(name);
      return 'code' in interval ? [] : [{ interval, lastEndSec: -Infinity, nextEndSec: -Infinity }];
    });
  }

  /** Ends that have been passed since the last call, when every live bar that ends at `passedSec` or before has closed. */
  passed(passedSec: number): BucketEndNotice[] {
    const notices: BucketEndNotice[] = [];
    for (const track of this.#tracks) {
      if (passedSec < track.nextEndSec || passedSec < 0) continue;
      this.#move(track, passedSec);
      notices.push({ interval: track.interval.name, endSec: track.lastEndSec });
    }
    return notices;
  }

  /** Buckets fill time, so the start of the one that contains a moment is the end of the latest one before it. */
  #move(track: Track, passedSec: number): void {
    const bucket: Bucket = { startSec: 0, endSec: 0 };
    let [last, next] = [-Infinity, Infinity];
    for (const calendar of this.#calendars) {
      bucketAt(track.interval, calendar, passedSec, bucket);
      last = Math.max(last, bucket.startSec);
      next = Math.min(next, bucket.endSec);
    }
    track.lastEndSec = last;
    track.nextEndSec = next;
  }
}
