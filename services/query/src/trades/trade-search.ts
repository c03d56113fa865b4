/**
 * The search for the trade that an amendment means. In: an instrument's tape and the amendment. Out: the trade, or how
 * far the tape was searched in vain, from where a later search goes on: a tape only grows at its end.
 */
import { type TapeChunk, type TapeQuery, TickKind } from '@tapeline/domain';
import { isOnVenue } from './amendment-book.ts';
import { compareRows, rowsOf, segmentsOf, type TapeRow } from './tape-entry.ts';
import type { TapeReading } from './tape-reading.ts';

/** Whose tape. */
export type TapeOf = { readonly dataset: string; readonly symbol: string };

/** How far a search in vain went. */
export type SearchMiss = {
  /** See `TapeReading.at`. */
  readonly at: string;
  /** Chunks in reach, and of the last of them the first and last number; 0 if there was none. */
  readonly chunkCount: number;
  readonly firstNumber: number;
  readonly lastNumber: number;
  /** Whether there were more chunks than are looked through; then their count says nothing. */
  readonly isCapped: boolean;
};

const chunksAtOnce = 16;
/** Chunks that are looked through for one trade in one direction; past them it counts as not there. */
const chunksSearchedMax = 1_024;
/** How far in the tape a trade may stand from its amendment, by event time, to be looked for: a day, in ns. */
export const reachNs: bigint = 86_400_000_000_000n;

/** One search. */
export class TradeSearch {
  readonly #reading: TapeReading;
  readonly #tape: TapeOf;
  readonly #amendment: TapeRow;
  /** Last numbers of the chunks that were seen, by their first. */
  readonly #seen = new Map<number, number>();
  /** Chunks that were passed over because they had been searched. */
  #passedCount = 0;
  /** Numbers up to this one were searched before. */
  #searchedTo = 0;
  #isCapped = false;

  constructor(reading: TapeReading, { dataset, symbol }: TapeOf, amendment: TapeRow) {
    this.#reading = reading;
    this.#tape = { dataset, symbol };
    this.#amendment = amendment;
  }

  /** The trade, in the whole reach. */
  async everywhere(): Promise<TapeRow | undefined> {
    const { timeNs } = this.#amendment;
    const before = await this.#nearest(timeNs - reachNs, timeNs + 1n, true);
    return before ?? this.#nearest(timeNs, timeNs + reachNs, false);
  }

  /** The trade, where the tape has grown since a search that did not find it. */
  async since(miss: SearchMiss): Promise<TapeRow | undefined> {
    const { timeNs } = this.#amendment;
    const [startNs, endNs] = [timeNs - reachNs, timeNs + reachNs];
    this.#searchedTo = miss.lastNumber;
    if (miss.isCapped) return this.everywhere();
    const from = Math.max(0, miss.chunkCount - 1);
    this.#passedCount = from;
    let best: TapeRow | undefined;
    for (let skip = from; skip < from + chunksSearchedMax; skip += chunksAtOnce) {
      const query = { ...this.#tape, startNs, endNs, order: 'number', skip, limit: chunksAtOnce } as const;
      const chunks = await this.#searched(query);
      if (skip === from && miss.chunkCount > 0 && chunks[0]?.firstNumber !== miss.firstNumber) {
        // The oldest chunks are gone: the count says nothing any more.
        this.#passedCount = 0;
        this.#seen.clear();
        return this.everywhere();
      }
      for (const row of this.#named(chunks)) best = this.#better(best, row);
      if (chunks.length < chunksAtOnce) return best;
    }
    this.#isCapped = true;
    return best;
  }

  /** How far was searched. */
  get miss(): SearchMiss {
    let [firstNumber, lastNumber] = [0, this.#searchedTo];
    for (const [first, last] of this.#seen) {
      if (first > firstNumber) firstNumber = first;
      if (last > lastNumber) lastNumber = last;
    }
    const chunkCount = this.#passedCount + this.#seen.size;
    return { at: this.#reading.at, chunkCount, firstNumber, lastNumber, isCapped: this.#isCapped };
  }

  async #nearest(startNs: bigint, endNs: bigint, before: boolean): Promise<TapeRow | undefined> {
    const order = before ? 'last-event' : 'first-event';
    let best: TapeRow | undefined;
    for (let skip = 0; skip < chunksSearchedMax; skip += chunksAtOnce) {
      const chunks = await this.#searched({ ...this.#tape, startNs, endNs, order, skip, limit: chunksAtOnce });
      for (const chunk of chunks) {
        const isPast = before ? best && chunk.lastEventNs < best.timeNs : best && chunk.firstEventNs > best.timeNs;
        if (isPast === true) return best;
        for (const row of this.#named([chunk])) {
          if (compareRows(row, this.#amendment) < 0 === before) best = this.#better(best, row);
        }
      }
      if (chunks.length < chunksAtOnce) return best;
    }
    this.#isCapped = true;
    return best;
  }

  /** Trades that the amendment may mean, of chunks that grew since they were searched. */
  *#named(chunks: readonly TapeChunk[]): Generator<TapeRow> {
    for (const chunk of chunks) {
      if (chunk.lastNumber <= this.#searchedTo) continue;
      this.#reading.noteSearched();
      yield* namedIn(chunk, this.#amendment);
    }
  }

  /** Which of two trades is meant: the last before the amendment, else the first after it. */
  #better(best: TapeRow | undefined, row: TapeRow): TapeRow {
    if (best === undefined) return row;
    const [isBefore, isBestBefore] = [row, best].map((each) => compareRows(each, this.#amendment) < 0);
    if (isBefore !== isBestBefore) return isBefore === true ? row : best;
    return compareRows(row, best) > 0 === isBefore ? row : best;
  }

  async #searched(query: TapeQuery): Promise<readonly TapeChunk[]> {
    const chunks = await this.#reading.chunks(query);
    for (const { firstNumber, lastNumber } of chunks) this.#seen.set(firstNumber, lastNumber);
    return chunks;
  }
}

/** Trades of a chunk that an amendment may mean. */
function namedIn(chunk: TapeChunk, amendment: TapeRow): TapeRow[] {
  const { original } = amendment.tick;
  if (original === undefined) return [];
  return rowsIn(chunk).filter((row) => {
    if (row.tick.attributes.kind !== TickKind.trade) return false;
    if (original.sequence === 0) return row.tick.tradeId === original.tradeId && isOnVenue(amendment, row);
    return row.tick.sequence === original.sequence && row.segment.publisherId === amendment.segment.publisherId;
  });
}

/** Rows that are not late. They keep no other tick of their segment alive. */
export function rowsIn(chunk: TapeChunk): TapeRow[] {
  return segmentsOf(chunk).flatMap((segment) => {
    if (segment.late) return [];
    const alone = { ...segment, ticks: [] };
    return rowsOf(segment).map((row) => ({ ...row, segment: alone }));
  });
}
