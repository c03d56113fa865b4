/**
 * Reads of bars. In: a query. Out: bars in order across buckets. Only buckets that are listed are read, so a sparse history
 * costs as many reads as it has buckets; reading stops at the limit.
 */
import { type Bar, type BarQuery, parseInterval } from '@tapeline/domain';
import { bucketAt, bucketSpan } from './bar-bucket.ts';
import { selectBars, selectBuckets } from './bar-statements.ts';
import type { PatientReads } from './patient-reads.ts';
import type { Row, Value } from './session.ts';

/** Buckets that are read at once, once the first ones were found to hold little. */
const bucketsAtOnceMax = 8;
/** Starts beyond these cannot be written, so no query needs to look there, s. */
const startSecMax = 8_000_000_001;
const dayMs = 86_400_000;

/** See `Store.bars`. */
export async function readBars(reads: PatientReads, query: BarQuery): Promise<readonly Bar[]> {
  const { dataset, symbol, profile, interval, newestFirst, limit } = query;
  const parsed = parseInterval(interval);
  const from = clamp(query.startSec ?? -startSecMax);
  const to = clamp(query.endSec ?? startSecMax);
  if ('code' in parsed || from >= to) return [];
  const span = bucketSpan(parsed.seconds);
  const series = [dataset, symbol, profile, interval];
  const edges = [bucketAt(span, from).bucket, bucketAt(span, to - 1).bucket];
  const rows = await reads.rows('reading bars', selectBuckets(newestFirst), [...series, ...edges]);
  const buckets = rows.map((row) => row['bucket'] as number);
  const found: Bar[] = [];
  for (
    let next = 0, atOnce = 1;
    next < buckets.length && found.length < limit;
    atOnce = Math.min(bucketsAtOnceMax, atOnce * 2)
  ) {
    const some = buckets.slice(next, next + atOnce);
    next += some.length;
    const room = limit - found.length;
    const values = (bucket: number): Value[] => [...series, bucket, new Date(from * 1_000), new Date(to * 1_000), room];
    const parts = await Promise.all(
      some.map(async (bucket) => reads.rows('reading bars', selectBars(newestFirst), values(bucket))),
    );
    for (const part of parts) for (const row of part) if (found.length < limit) found.push(barOf(query, row));
  }
  return found;
}

function clamp(sec: number): number {
  return Math.max(-startSecMax, Math.min(startSecMax, Math.ceil(sec)));
}

function barOf({ dataset, symbol, interval, profile }: BarQuery, row: Row): Bar {
  const [partition, epoch, offset] = (row['log_position'] as { values(): readonly (number | bigint)[] }).values();
  return {
    dataset,
    symbol,
    interval,
    profile: profile as Bar['profile'],
    startSec: secondsOf(row['start']),
    endSec: secondsOf(row['ends']),
    tradingDate: Number((row['trading_date'] as { date: Date }).date) / dayMs,
    session: row['session'] as Bar['session'],
    open: priceOf(row['open']),
    high: priceOf(row['high']),
    low: priceOf(row['low']),
    close: priceOf(row['close']),
    volume: row['volume'] as bigint,
    notional: row['notional'] as bigint,
    trades: Number(row['trades']),
    revision: Number(row['revision']),
    foldVersion: row['fold_version'] as number,
    state: row['state'] as Bar['state'],
    position: { partition: Number(partition), epoch: Number(epoch), offset: Number(offset) },
    priceExponent: row['price_exponent'] as number,
    sizeExponent: row['size_exponent'] as number,
  };
}

function secondsOf(time: unknown): number {
  return (time as Date).getTime() / 1_000;
}

function priceOf(value: unknown): number | null {
  return typeof value === 'bigint' ? Number(value) : null;
}
