/**
 * Which bars are folded from ticks and which are merged from finer ones. In: intervals and a calendar. Out: levels
 * from fine to coarse, each naming the finer level that it is made of, and the bucket of a time in a level. A finer
 * level serves a coarser one only if its buckets never cross the coarser one's ends.
 */
import type { Interval } from '../market/interval.ts';
import type { SessionCalendar } from '../sessions/session-calendar.ts';

/** One interval in the order of the fold. */
export type BarLevel = {
  readonly interval: Interval;
  /** Index of the level that this one is merged from; -1 = folded from ticks. */
  readonly child: number;
  /** Indices of the levels that are merged from this one. */
  readonly parents: readonly number[];
  /** False for a level that nobody asked for, which only serves coarser ones. */
  readonly reported: boolean;
};

/** Half-open bounds of a bucket, whole seconds since the Unix epoch. */
export type Bucket = { startSec: number; endSec: number };

// Session bounds are multiples of 5 minutes and zone offsets of 15, as the calendar loader demands.
const sessionGrainSec = 300;
const dateGrainSec = 900;

/** Levels for the intervals, fine to coarse; intervals of one length count once. */
export function barLevels(intervals: readonly Interval[]): BarLevel[] {
  const wanted = [...new Map(intervals.map((interval) => [interval.name, interval])).values()];
  wanted.sort((left, right) => left.seconds - right.seconds);
  const ordered = wanted.every((_, index) => index === 0 || finerOf(wanted, index) >= 0)
    ? wanted
    : [servingInterval(wanted), ...wanted];
  const children = ordered.map((_, index) => (index === 0 ? -1 : finerOf(ordered, index)));
  return ordered.map((interval, index) => ({
    interval,
    child: children[index] as number,
    parents: children.flatMap((child, parent) => (child === index ? [parent] : [])),
    reported: wanted.includes(interval),
  }));
}

/** The coarsest level before `index` whose buckets nest in its buckets; -1 = none. */
function finerOf(ordered: readonly Interval[], index: number): number {
  const coarse = ordered[index] as Interval;
  for (let finer = index - 1; finer >= 0; finer -= 1) if (nests(ordered[finer] as Interval, coarse)) return finer;
  return -1;
}

function nests(fine: Interval, coarse: Interval): boolean {
  if (fine.alignment !== 'epoch') return false;
  if (coarse.alignment === 'epoch') return coarse.seconds % fine.seconds === 0;
  const grainSec = coarse.alignment === 'session' ? sessionGrainSec : dateGrainSec;
  return grainSec % fine.seconds === 0 && coarse.seconds % fine.seconds === 0;
}

/** A level that nests in every wanted one: a minute, or a second where one of them is shorter. */
function servingInterval(wanted: readonly Interval[]): Interval {
  const minutes = wanted.every((interval) => interval.seconds % 60 === 0 && interval.seconds > 60);
  return minutes ? { name: '1m', seconds: 60, alignment: 'epoch' } : { name: '1s', seconds: 1, alignment: 'epoch' };
}

/** Puts the bucket of `interval` that contains `sec` into `out`. */
export function bucketAt(interval: Interval, calendar: SessionCalendar, sec: number, out: Bucket): void {
  if (interval.alignment === 'epoch') {
    out.startSec = sec - (sec % interval.seconds);
    out.endSec = out.startSec + interval.seconds;
  } else if (interval.alignment === 'date') {
    const bounds = calendar.dayBounds(calendar.tradingDateAt(sec));
    out.startSec = bounds.startSec;
    out.endSec = bounds.endSec;
  } else {
    const segment = calendar.segmentAt(sec);
    out.startSec = sec - ((sec - segment.startSec) % interval.seconds);
    out.endSec = Math.min(out.startSec + interval.seconds, segment.endSec);
  }
}
