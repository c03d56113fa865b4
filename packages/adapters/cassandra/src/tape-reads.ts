/**
 * Reads of the tape. In: a query. Out: chunks in the order asked for. By time, months are taken in order until enough is
 * found, a chunk in the month of the time by which it is ordered, or in the first one after it that has it, as chunks grow
 * meanwhile; bytes are read of the chunks that are handed out alone.
 */
import type { TapeChunk, TapeQuery } from '@tapeline/domain';
import type { PatientReads } from './patient-reads.ts';
import type { Row } from './session.ts';
import { entryOf, longest, monthsInRange, TapeIndex } from './tape-index.ts';
import { type IndexEntry, type IndexKind, longMonth, monthOf, numberBucket } from './tape-layout.ts';

const chunkColumns = 'first_number, last_number, first_event_ns, last_event_ns, amends, bytes';
const chunksOf = `SELECT ${chunkColumns} FROM {keyspace}.tape_chunks WHERE dataset = ? AND symbol = ? AND number_bucket = ?`;
const oneChunk = `${chunksOf} AND first_number = ?`;
const numbersOf =
  'SELECT first_number FROM {keyspace}.tape_chunks WHERE dataset = ? AND symbol = ? AND number_bucket = ?';

/** Chunks whose bytes are read at once. */
const chunksAtOnce = 16;

/** See `Store.tape`. */
export async function readTape(reads: PatientReads, query: TapeQuery): Promise<readonly TapeChunk[]> {
  if (query.startNs !== undefined && query.endNs !== undefined && query.startNs >= query.endNs) return [];
  const index = new TapeIndex(reads, query);
  const isPlain =
    query.order === 'number' && query.amending !== true && query.startNs === undefined && query.endNs === undefined;
  const wanted = isPlain ? await allByNumber(reads, index, query) : await inOrder(index, query);
  return chunksAt(reads, query, wanted);
}

/** First numbers of a page of all chunks, by number: buckets in order, until the page is full. */
async function allByNumber(reads: PatientReads, index: TapeIndex, query: TapeQuery): Promise<readonly number[]> {
  const { dataset, symbol, skip = 0, limit } = query;
  const buckets = (await index.months('number')).get(0) ?? [];
  const wanted: number[] = [];
  let passed = 0;
  for (const bucket of buckets) {
    if (wanted.length >= limit) break;
    for (const row of await reads.rows('reading ticks', numbersOf, [dataset, symbol, bucket])) {
      passed += 1;
      if (passed > skip && wanted.length < limit) wanted.push(Number(row['first_number']));
    }
  }
  return wanted;
}

type Order = (left: IndexEntry, right: IndexEntry) => number;

const orders: Readonly<Record<TapeQuery['order'], Order>> = {
  number: (left, right) => left.firstNumber - right.firstNumber,
  'first-event': (left, right) =>
    compareNs(left.firstEventNs, right.firstEventNs) || left.firstNumber - right.firstNumber,
  'last-event': (left, right) => compareNs(right.lastEventNs, left.lastEventNs) || right.firstNumber - left.firstNumber,
};

/** First numbers of a page of the chunks in the query's range and order. */
async function inOrder(index: TapeIndex, query: TapeQuery): Promise<readonly number[]> {
  const { order, skip = 0, limit } = query;
  const kind: IndexKind = query.amending === true ? 'amends' : 'time';
  const months = await index.months(kind);
  const long = await index.entries(kind, longMonth, months, query);
  const inRange = monthsInRange(months, query);
  if (order === 'number') {
    const all = [...long];
    for (const month of inRange) all.push(...(await index.entries(kind, month, months, query)));
    return page([...longest(all).values()].sort(orders.number), skip, limit);
  }
  const isForward = order === 'first-event';
  const placed = long.map((entry) => placeOf(entry, isForward, inRange));
  const stops = [...new Set([...inRange, ...placed])].sort((left, right) => (isForward ? left - right : right - left));
  const longFirsts = longest(long);
  const found = new Map<number, IndexEntry>();
  for (const month of stops) {
    if (found.size >= skip + limit) break;
    const own = longest(await index.entries(kind, month, months, query));
    // A long chunk was short once: what the months still say of it is out of date.
    const entries = [...own.values()].filter((entry) => !longFirsts.has(entry.firstNumber));
    entries.push(...longFirsts.values());
    for (const entry of entries) {
      const place = placeOf(entry, isForward, inRange);
      // One that belongs to a month passed before has grown since, and is in none of the entries that were read there.
      const isDue = isForward ? place <= month : place >= month;
      if (isDue && !found.has(entry.firstNumber)) found.set(entry.firstNumber, entry);
    }
  }
  return page([...found.values()].sort(orders[order]), skip, limit);
}

/** The month at which an entry is handed out: that of its time, or the nearest one of the range where it lies outside. */
function placeOf({ firstEventNs, lastEventNs }: IndexEntry, isForward: boolean, inRange: readonly number[]): number {
  const month = monthOf(isForward ? firstEventNs : lastEventNs);
  const edge = isForward ? inRange[0] : inRange.at(-1);
  if (edge === undefined) return month;
  return isForward ? Math.max(month, edge) : Math.min(month, edge);
}

function page(entries: readonly IndexEntry[], skip: number, limit: number): readonly number[] {
  return entries.slice(skip, skip + limit).map(({ firstNumber }) => firstNumber);
}

async function chunksAt(
  reads: PatientReads,
  query: TapeQuery,
  firsts: readonly number[],
): Promise<readonly TapeChunk[]> {
  const { dataset, symbol } = query;
  const found: TapeChunk[] = [];
  for (let next = 0; next < firsts.length; next += chunksAtOnce) {
    const some = firsts.slice(next, next + chunksAtOnce);
    const parts = await Promise.all(
      some.map(async (first) => {
        const key = [dataset, symbol, BigInt(numberBucket(first)), BigInt(first)];
        return reads.rows('reading ticks', oneChunk, key);
      }),
    );
    for (const [row] of parts) if (row !== undefined) found.push(chunkOf(query, row));
  }
  return found;
}

function chunkOf({ dataset, symbol }: TapeQuery, row: Row): TapeChunk {
  return { dataset, symbol, ...entryOf(row), bytes: new Uint8Array(row['bytes'] as Buffer) };
}

function compareNs(left: bigint, right: bigint): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
