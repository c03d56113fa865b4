/**
 * Where chunks of the tape lie. In: a chunk. Out: its partitions: the bytes by number, and entries of the index by each
 * month that its event times touch. Rule: a partition has the chunks of 65,536 numbers, so 65,536 rows at most; a chunk of
 * more than a year, of which there are few, has one entry in month 0, which every query by time reads.
 */
import type { TapeChunk } from '@tapeline/domain';
import { bucketAt } from './bar-bucket.ts';

/** Numbers whose chunks share a partition. */
export const numbersPerBucket = 65_536;
/** Months that a chunk may touch before it counts as a long one. */
export const monthsMax = 12;
/** The month of the index that holds long chunks. */
export const longMonth = 0;

/** Kinds of index: all chunks by time, and those with a cancel or correction. */
export type IndexKind = 'time' | 'amends';

/** An entry of the index without its bytes. */
export type IndexEntry = Omit<TapeChunk, 'dataset' | 'symbol' | 'bytes'>;

/** The partition of a chunk's first number. */
export function numberBucket(firstNumber: number): number {
  return Math.floor(firstNumber / numbersPerBucket);
}

/** The month of an event time as 201310. Every time of 64 bits lies in one. */
export function monthOf(eventNs: bigint): number {
  return bucketAt('month', Number(floorSeconds(eventNs))).bucket;
}

/** The months of the index in which a chunk has an entry. */
export function monthsOf({
  firstEventNs,
  lastEventNs,
}: Pick<TapeChunk, 'firstEventNs' | 'lastEventNs'>): readonly number[] {
  const end = Number(floorSeconds(lastEventNs));
  const months: number[] = [];
  for (let timeSec = Number(floorSeconds(firstEventNs)); timeSec <= end;) {
    if (months.length === monthsMax) return [longMonth];
    const { bucket, endSec } = bucketAt('month', timeSec);
    months.push(bucket);
    timeSec = endSec;
  }
  return months;
}

/** The kinds of index in which a chunk has entries. */
export function kindsOf({ amends }: Pick<TapeChunk, 'amends'>): readonly IndexKind[] {
  return amends ? ['time', 'amends'] : ['time'];
}

function floorSeconds(ns: bigint): bigint {
  const seconds = ns / 1_000_000_000n;
  return ns < 0n && seconds * 1_000_000_000n !== ns ? seconds - 1n : seconds;
}
