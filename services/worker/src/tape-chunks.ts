/**
 * Cuts the counted tape into chunks for the store. In: segments and the partition's clock, record by record. Out: chunks,
 * closed ones and those still growing. Law 1: where a chunk begins and ends follows from the log alone, whatever the
 * steps, the pauses and the restarts; a growing chunk keeps its key and only gets longer.
 */
import { encodeTapeRecord, type TapeChunk, type TapeSegmentOut } from '@tapeline/domain';

/** A chunk is closed once it has so many entries, */
export const chunkEntriesMax = 1_024;
/** or so many bytes of segments, */
export const chunkBytesMax = 65_536;
/** or once the partition's clock is so far past the clock of its first entry, ms. */
export const chunkMsMax = 5_000;
/** Open chunks of a partition have at most so many bytes; at the bound the oldest is closed early. */
export const openBytesMax = 8_388_608;

const nothing = new Uint8Array(0);

/** An open chunk as a snapshot keeps it. */
export type OpenChunk = TapeChunk & {
  /** The partition's clock at its first entry, ms. */
  readonly firstClockMs: number;
  /** Bytes of its segments without what frames them in `bytes`. */
  readonly segmentBytes: number;
};

type Growing = {
  readonly dataset: string;
  readonly symbol: string;
  readonly firstNumber: number;
  readonly firstClockMs: number;
  lastNumber: number;
  firstEventNs: bigint;
  lastEventNs: bigint;
  amends: boolean;
  /** A TapeRecord of the segments up to those that are fresh. */
  bytes: Uint8Array;
  fresh: TapeSegmentOut[];
  segmentBytes: number;
};

/** The chunks of one partition that are not closed, and those that changed since they were last taken. */
export class TapeChunks {
  /** In the order of opening, hence of the clock of the first entry. */
  readonly #open = new Set<Growing>();
  /** The same by dataset and symbol. */
  readonly #byName = new Map<string, Map<string, Growing>>();
  #openBytes = 0;
  /** Closed or grown since the last `takeChanged`. */
  #changed = new Set<Growing>();

  /** How many are open. */
  get openCount(): number {
    return this.#open.size;
  }

  /** The clock moved: closes what is old enough. Call it for every record, before its segments. */
  advance(clockMs: number): void {
    for (const chunk of this.#open) {
      if (clockMs - chunk.firstClockMs < chunkMsMax) return;
      this.#close(chunk);
    }
  }

  /** A segment that the record at this clock brought. */
  add(segment: TapeSegmentOut, clockMs: number): void {
    const { dataset, symbol, count, firstNumber, firstEventNs, lastEventNs, amends } = segment;
    let chunk = this.#byName.get(dataset)?.get(symbol);
    if (chunk === undefined) {
      chunk = {
        dataset,
        symbol,
        firstNumber,
        firstClockMs: clockMs,
        lastNumber: firstNumber - 1,
        firstEventNs,
        lastEventNs,
        amends,
        bytes: nothing,
        fresh: [],
        segmentBytes: 0,
      };
      this.#keep(chunk);
    }
    chunk.fresh.push(segment);
    chunk.lastNumber += count;
    if (firstEventNs < chunk.firstEventNs) chunk.firstEventNs = firstEventNs;
    if (lastEventNs > chunk.lastEventNs) chunk.lastEventNs = lastEventNs;
    chunk.amends ||= amends;
    chunk.segmentBytes += segment.bytes.length;
    this.#openBytes += segment.bytes.length;
    this.#changed.add(chunk);
    const entries = chunk.lastNumber - chunk.firstNumber + 1;
    if (entries >= chunkEntriesMax || chunk.segmentBytes >= chunkBytesMax) this.#close(chunk);
    for (const oldest of this.#open) {
      if (this.#openBytes <= openBytesMax) return;
      this.#close(oldest);
    }
  }

  /** The instrument left: what comes if it is back has other numbers between, so nothing is added to its open chunk any more. */
  end(dataset: string, symbol: string): void {
    const chunk = this.#byName.get(dataset)?.get(symbol);
    if (chunk !== undefined) this.#close(chunk);
  }

  /** Every chunk that is new or longer than when it was last taken, as the store takes them. */
  takeChanged(): TapeChunk[] {
    const chunks = Array.from(this.#changed, chunkOf);
    this.#changed = new Set();
    return chunks;
  }

  /** What a snapshot keeps: the open chunks in their order. */
  open(): OpenChunk[] {
    return Array.from(this.#open, (chunk) => {
      const { firstClockMs, segmentBytes } = chunk;
      return { ...chunkOf(chunk), firstClockMs, segmentBytes };
    });
  }

  /** Goes on with the chunks of a snapshot, which are in the store already; nothing of the snapshot's memory is kept. */
  static resume(open: readonly OpenChunk[]): TapeChunks {
    const chunks = new TapeChunks();
    for (const { bytes, ...rest } of open) {
      chunks.#keep({ ...rest, bytes: bytes.slice(), fresh: [] });
      chunks.#openBytes += rest.segmentBytes;
    }
    return chunks;
  }

  #keep(chunk: Growing): void {
    this.#open.add(chunk);
    let bySymbol = this.#byName.get(chunk.dataset);
    if (bySymbol === undefined) this.#byName.set(chunk.dataset, (bySymbol = new Map()));
    bySymbol.set(chunk.symbol, chunk);
  }

  #close(chunk: Growing): void {
    this.#open.delete(chunk);
    this.#byName.get(chunk.dataset)?.delete(chunk.symbol);
    this.#openBytes -= chunk.segmentBytes;
  }
}

function chunkOf(chunk: Growing): TapeChunk {
  if (chunk.fresh.length > 0) {
    chunk.bytes = encodeTapeRecord(chunk.fresh, 0, 0, chunk.bytes);
    chunk.fresh = [];
  }
  const { bytes, dataset, symbol, firstNumber, lastNumber, firstEventNs, lastEventNs, amends } = chunk;
  return { dataset, symbol, firstNumber, lastNumber, firstEventNs, lastEventNs, amends, bytes };
}
