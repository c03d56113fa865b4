/**
 * The index of one instrument's tape. In: a time range and a kind. Out: entries without bytes, month by month, so that
 * whoever needs few of them reads few months. One first number stands once, with its largest last number.
 */
import type { TapeQuery } from '@tapeline/domain';
import type { PatientReads } from './patient-reads.ts';
import type { Row } from './session.ts';
import { type IndexEntry, type IndexKind, longMonth, monthOf } from './tape-layout.ts';

const listBuckets =
  'SELECT month, number_bucket FROM {keyspace}.tape_buckets WHERE dataset = ? AND symbol = ? AND kind = ?';
const listEntries =
  'SELECT first_number, last_number, first_event_ns, last_event_ns, amends FROM {keyspace}.tape_index WHERE dataset = ? AND symbol = ? AND kind = ? AND month = ? AND number_bucket = ?';

/** Partitions of the index that are read at once. */
const bucketsAtOnce = 8;

/** The partitions of an instrument's index, by month, months rising. */
export type IndexMonths = ReadonlyMap<number, readonly bigint[]>;

/** Reads the index of one instrument. */
export class TapeIndex {
  readonly #reads: PatientReads;
  readonly #names: readonly [dataset: string, symbol: string];

  constructor(reads: PatientReads, { dataset, symbol }: Pick<TapeQuery, 'dataset' | 'symbol'>) {
    this.#reads = reads;
    this.#names = [dataset, symbol];
  }

  /** Buckets that hold anything; those of the kind `number` stand under month 0. */
  async months(kind: IndexKind | 'number'): Promise<IndexMonths> {
    const months = new Map<number, bigint[]>();
    for (const row of await this.#reads.rows('reading ticks', listBuckets, [...this.#names, kind])) {
      const month = row['month'] as number;
      const buckets = months.get(month);
      if (buckets === undefined) months.set(month, [row['number_bucket'] as bigint]);
      else buckets.push(row['number_bucket'] as bigint);
    }
    return months;
  }

  /** Entries of one month that the range of the query takes in. */
  async entries(kind: IndexKind, month: number, months: IndexMonths, query: TapeQuery): Promise<readonly IndexEntry[]> {
    const buckets = months.get(month) ?? [];
    const found: IndexEntry[] = [];
    for (let next = 0; next < buckets.length; next += bucketsAtOnce) {
      const some = buckets.slice(next, next + bucketsAtOnce);
      const parts = await Promise.all(
        some.map(async (bucket) =>
          this.#reads.rows('reading ticks', listEntries, [...this.#names, kind, month, bucket]),
        ),
      );
      for (const part of parts) {
        for (const row of part) {
          const entry = entryOf(row);
          if (isInRange(entry, query)) found.push(entry);
        }
      }
    }
    return found;
  }
}

/** Months of the index that a range touches, rising, without that of long chunks. */
export function monthsInRange(months: IndexMonths, { startNs, endNs }: TapeQuery): readonly number[] {
  const first = startNs === undefined ? -Infinity : monthOf(startNs);
  const last = endNs === undefined ? Infinity : monthOf(endNs - 1n);
  return [...months.keys()]
    .filter((month) => month !== longMonth && month >= first && month <= last)
    .sort((left, right) => left - right);
}

/** Whether a chunk has an entry in the range of the query. */
export function isInRange({ firstEventNs, lastEventNs }: IndexEntry, { startNs, endNs }: TapeQuery): boolean {
  return (startNs === undefined || lastEventNs >= startNs) && (endNs === undefined || firstEventNs < endNs);
}

/** One entry for each first number: the longest. */
export function longest(entries: Iterable<IndexEntry>): Map<number, IndexEntry> {
  const found = new Map<number, IndexEntry>();
  for (const entry of entries) {
    const known = found.get(entry.firstNumber);
    if (known === undefined || entry.lastNumber > known.lastNumber) found.set(entry.firstNumber, entry);
  }
  return found;
}

/** An entry of a row of the index, or of a chunk. */
export function entryOf(row: Row): IndexEntry {
  return {
    firstNumber: Number(row['first_number']),
    lastNumber: Number(row['last_number']),
    firstEventNs: row['first_event_ns'] as bigint,
    lastEventNs: row['last_event_ns'] as bigint,
    amends: row['amends'] as boolean,
  };
}
