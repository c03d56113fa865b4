/**
 * A stretch of an instrument's tape in the order of (event time, publisher, sequence). In: chunks of the store, which
 * are in the order of counting and overlap in time. Out: the first rows after a place, or the last ones before it, and
 * where the stretch ends. Memory holds a few times the rows asked for and one group of chunks, however wide chunks are.
 */
import type { TapeChunk } from '@tapeline/domain';
import { comparePlaces, compareRows, placeOf, rowsOf, segmentsOf, type TapePlace, type TapeRow } from './tape-entry.ts';
import type { TapeReading } from './tape-reading.ts';

/** Which stretch. */
export type TapeWindowRequest = {
  readonly reading: TapeReading;
  readonly dataset: string;
  readonly symbol: string;
  /** Rows of this time or later, and before the other, ns; absent = without that bound. */
  readonly startNs: bigint | undefined;
  readonly endNs: bigint | undefined;
  readonly newestFirst: boolean;
  /** Rows asked for; there are more where several share the last instant and `wholeInstants` is set. */
  readonly count: number;
  /** Whether rows of one instant are never parted. */
  readonly wholeInstants: boolean;
  /** Rows that do not count. */
  readonly isWanted: (row: TapeRow) => boolean;
};

/** A stretch. */
export type TapeWindow = {
  /** By place, the earliest first, or the latest if so asked; no place twice. */
  readonly rows: readonly TapeRow[];
  /** The place up to which all wanted rows are there; absent = up to the bound of the request. */
  readonly edge: TapePlace | undefined;
};

const chunksAtOnce = 16;
/** Rows of one instant that are kept together at most; beyond, the instant is parted. */
const instantRowsMax = 262_144;

/** The first stretch of the request. */
export async function tapeWindow(request: TapeWindowRequest): Promise<TapeWindow> {
  const kept = new KeptRows(request);
  const { reading, dataset, symbol, startNs, endNs, newestFirst } = request;
  const bounds = { ...(startNs === undefined ? {} : { startNs }), ...(endNs === undefined ? {} : { endNs }) };
  const order = newestFirst ? 'last-event' : 'first-event';
  for (let skip = 0; ; skip += chunksAtOnce) {
    const chunks = await reading.chunks({ dataset, symbol, ...bounds, order, skip, limit: chunksAtOnce });
    for (const chunk of chunks) {
      // Chunks come by their nearer end, so no later one has a row before the edge either.
      if (kept.isBeyond(chunk)) return kept.window();
      kept.add(chunk);
    }
    if (chunks.length < chunksAtOnce) return kept.window();
  }
}

/** The nearest rows so far. */
class KeptRows {
  readonly #request: TapeWindowRequest;
  readonly #compare: (left: TapeRow, right: TapeRow) => number;
  #rows: TapeRow[] = [];
  #edge: TapePlace | undefined;

  constructor(request: TapeWindowRequest) {
    this.#request = request;
    this.#compare = request.newestFirst ? (left, right) => compareRows(right, left) : compareRows;
  }

  isBeyond({ firstEventNs, lastEventNs }: TapeChunk): boolean {
    if (this.#rows.length > this.#request.count) this.#cut();
    if (this.#edge === undefined) return false;
    return this.#request.newestFirst ? lastEventNs < this.#edge.timeNs : firstEventNs > this.#edge.timeNs;
  }

  add(chunk: TapeChunk): void {
    const { startNs, endNs, isWanted } = this.#request;
    for (const segment of segmentsOf(chunk)) {
      for (const row of rowsOf(segment)) {
        if (startNs !== undefined && row.timeNs < startNs) continue;
        if (endNs !== undefined && row.timeNs >= endNs) continue;
        if (this.#isWithinEdge(row) && isWanted(row)) this.#rows.push(row);
      }
    }
    if (this.#rows.length > 4 * this.#request.count + 4_096) this.#cut();
  }

  window(): TapeWindow {
    this.#cut();
    return { rows: this.#rows, edge: this.#edge };
  }

  #isWithinEdge(row: TapeRow): boolean {
    if (this.#edge === undefined) return true;
    const order = comparePlaces(placeOf(row), this.#edge);
    return this.#request.newestFirst ? order >= 0 : order <= 0;
  }

  /** Keeps what was asked for; what lies beyond is where another stretch begins. */
  #cut(): void {
    const { count, wholeInstants, newestFirst } = this.#request;
    const sorted = this.#rows.sort(this.#compare);
    const rows = sorted.filter((row, index) => index === 0 || this.#compare(sorted[index - 1] as TapeRow, row) !== 0);
    this.#rows = rows;
    const last = rows[count - 1];
    if (rows.length <= count || last === undefined) return;
    let end = count;
    if (wholeInstants) {
      while (end < Math.min(rows.length, instantRowsMax) && rows[end]?.timeNs === last.timeNs) end += 1;
      // All of the instant is inside, also what other chunks have of it.
      this.#edge = end === rows.length && end < instantRowsMax ? this.#edge : endOfInstant(last.timeNs, newestFirst);
      if (end === instantRowsMax) this.#edge = placeOf(rows[end - 1] as TapeRow);
    } else this.#edge = placeOf(last);
    rows.length = end;
  }
}

const publisherIdMax = (1n << 64n) - 1n;

/** The place that every row of an instant is before, or after if the latest comes first. */
export function endOfInstant(timeNs: bigint, newestFirst: boolean): TapePlace {
  if (newestFirst) return { timeNs, publisherId: 0n, sequence: 0 };
  return { timeNs, publisherId: publisherIdMax, sequence: Number.MAX_SAFE_INTEGER };
}
