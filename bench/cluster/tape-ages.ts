/**
 * How old counted ticks are when they are durable on the topic `tape`. In: a log, symbols that move. Out: ages of the ticks of all other
 * symbols in a histogram, and of each symbol that moves one by one; between two times. The age counts from the time at which a tick is
 * due to be sent, so a stall anywhere is seen by every tick that it delays.
 */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { decodeTapeRecord, LogError, type LogReader, type TickLog } from '@tapeline/domain';
import { wallMs } from '../open-loop.ts';

/** The oldest tick of a segment of a symbol that moves. */
type MoverAge = { readonly atMs: number; readonly ageMs: number };

/** Reads on until it is closed. */
export class TapeAges {
  readonly #movers: ReadonlyMap<string, MoverAge[]>;
  readonly #readers: LogReader[] = [];
  readonly #reading: Promise<unknown>[] = [];
  #others: RecordableHistogram = createHistogram();
  #isClosed = false;
  #failure: Error | undefined;

  /** Follows every partition that the log knows, from its end on. */
  private constructor(movers: readonly string[]) {
    this.#movers = new Map(movers.map((symbol) => [symbol, []]));
  }

  /** Begins at the ends of the partitions. Rejects with `LogError`. */
  static async begin(log: TickLog, movers: readonly string[]): Promise<TapeAges> {
    const ages = new TapeAges(movers);
    for (let partition = 0; partition < log.partitionCount; partition += 1) {
      const { endOffset } = await log.range('tape', partition);
      const reader = log.open('tape', partition, endOffset);
      ages.#readers.push(reader);
      ages.#reading.push(ages.#read(reader));
    }
    return ages;
  }

  /** Ages of the ticks of others since the last call, µs; forgets them. */
  takeOthers(): RecordableHistogram {
    const taken = this.#others;
    this.#others = createHistogram();
    return taken;
  }

  /** The greatest age of a tick of a symbol that came between two times of `wallMs`, ms; `undefined` if none came. */
  oldest(symbol: string, fromMs: number, toMs: number): number | undefined {
    const within = (this.#movers.get(symbol) ?? []).filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
    return within.length === 0 ? undefined : within.reduce((most, { ageMs }) => Math.max(most, ageMs), 0);
  }

  /** Reads no more. Rejects with what a reader failed for. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#readers.map((reader) => reader.close()));
    await Promise.all(this.#reading);
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #read(reader: LogReader): Promise<void> {
    try {
      while (!this.#isClosed) {
        for (const { bytes } of (await reader.next()) ?? []) this.#take(bytes);
      }
    } catch (error) {
      if (this.#isClosed && error instanceof LogError) return;
      this.#failure = error instanceof Error ? error : new Error('a reader failed', { cause: error });
    }
  }

  #take(bytes: Uint8Array): void {
    const atMs = wallMs();
    for (const { symbol, ticks } of decodeTapeRecord(bytes).segments) {
      const mover = this.#movers.get(symbol);
      if (mover === undefined) {
        for (const { eventNs } of ticks) this.#others.record(Math.max(1, Math.round(ageMs(atMs, eventNs) * 1_000)));
      } else if (ticks[0] !== undefined) mover.push({ atMs, ageMs: ageMs(atMs, ticks[0].eventNs) });
    }
  }
}

function ageMs(atMs: number, eventNs: bigint): number {
  return Math.max(0, atMs - Number(eventNs / 1_000n) / 1_000);
}
