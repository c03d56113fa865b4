/**
 * Which partition of a series a bar is in. In: the interval's length and a time. Out: a bucket, a date as a person reads
 * it: 20131008, 201310, 2013 or 2010. Rule: a bucket has less than 100,000 bars of any possible interval, also of those
 * that begin anew with each session, and later times have the same bucket or a higher one.
 */

/** How long buckets of an interval are. */
export type BucketSpan = 'day' | 'month' | 'year' | 'decade';

/** A stretch of time, s since the Unix epoch, half-open, and its bucket. */
export type Bucket = { readonly bucket: number; readonly startSec: number; readonly endSec: number };

const daySec = 86_400;

/**
 * The span for bars of so many seconds: below 30 s a day (86,400 bars of 1 s), below 6 min a month (89,280 of 30 s), below
 * 1 h a year (87,840 of 6 min), else ten years (87,672 of 1 h; 98,631 of 61 min, which begin anew with each session).
 */
export function bucketSpan(intervalSec: number): BucketSpan {
  if (intervalSec < 30) return 'day';
  if (intervalSec < 360) return 'month';
  return intervalSec < 3_600 ? 'year' : 'decade';
}

/** The bucket in which `timeSec` lies; whole seconds, the years -200,000 to 200,000. */
export function bucketAt(span: BucketSpan, timeSec: number): Bucket {
  const days = Math.floor(timeSec / daySec);
  const { year, month, day } = civilDate(days);
  switch (span) {
    case 'day':
      return bucketOf(year * 10_000 + month * 100 + day, days, days + 1);
    case 'month':
      return monthOf(year, month);
    case 'year':
      return bucketOf(year, daysOf(year, 1), daysOf(year + 1, 1));
    case 'decade': {
      const first = Math.floor(year / 10) * 10;
      return bucketOf(first, daysOf(first, 1), daysOf(first + 10, 1));
    }
  }
}

function monthOf(year: number, month: number): Bucket {
  const end = month === 12 ? daysOf(year + 1, 1) : daysOf(year, month + 1);
  return bucketOf(year * 100 + month, daysOf(year, month), end);
}

function bucketOf(bucket: number, startDays: number, endDays: number): Bucket {
  return { bucket, startSec: startDays * daySec, endSec: endDays * daySec };
}

/** Days from 1970-01-01 to the first of a month, in the Gregorian calendar run backwards as well. */
function daysOf(year: number, month: number): number {
  // Years from March on: the leap day is the last of its year, and months have a fixed pattern of lengths.
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const ofEra = shifted - era * 400;
  const ofYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5);
  return era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468;
}

function civilDate(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - era * 146_097;
  const years = Math.floor(
    (ofEra - Math.floor(ofEra / 1_460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (years * 365 + Math.floor(years / 4) - Math.floor(years / 100));
  const shiftedMonth = Math.floor((5 * ofYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const day = ofYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  return { year: era * 400 + years + (month <= 2 ? 1 : 0), month, day };
}
