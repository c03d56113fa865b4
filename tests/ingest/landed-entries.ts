/**
 * What ingests put into a log, entry by entry. In: a simulated log, and logs that say for which ingest they append. Out: ticks, Voids,
 * Progress, ends and Origins with their partitions and maps, in the order of each partition.
 */
import {
  decodeEntryOfMoves,
  decodeLogRecord,
  decodeTickBlock,
  LogDictionary,
  type LogRecordInput,
  TickColumns,
  type TickLog,
} from '@tapeline/domain';
import type { SimulatedLog } from '@tapeline/simulation';

/** An entry of an instrument. */
export type LandedEntry = {
  readonly partition: number;
  readonly kind: 'ticks' | 'void' | 'progress' | 'endOfReplay' | 'origin';
  readonly dataset: string;
  readonly symbol: string;
  readonly mapEpoch: number;
  readonly publisherId: bigint;
  /** Of ticks and Voids, with the link of the first. */
  readonly sequences: readonly number[];
  readonly link: number;
  /** Ingests that appended a record of these bytes; more than one if they sent the same. */
  readonly writers: ReadonlySet<string>;
};

/** Reads a log on and on. */
export class LandedEntries {
  readonly #log: SimulatedLog;
  readonly #entries: LandedEntry[] = [];
  readonly #next: number[] = [];
  readonly #writers = new Map<string, Set<string>>();
  readonly #sequences = new Map<bigint, Set<number>>();
  readonly #columns = new TickColumns();
  readonly #dictionary = new LogDictionary();

  constructor(log: SimulatedLog) {
    this.#log = log;
  }

  /** The same log for the ingest of that name. */
  noting(name: string, log: SimulatedLog): TickLog {
    return {
      get basePartitions() {
        return log.basePartitions;
      },
      get partitionCount() {
        return log.partitionCount;
      },
      refreshPartitions: () => log.refreshPartitions(),
      append: (topic, partition, bytes) => {
        const key = keyOf(bytes);
        const writers = this.#writers.get(key);
        if (writers === undefined) this.#writers.set(key, new Set([name]));
        else writers.add(name);
        return log.append(topic, partition, bytes);
      },
      open: (topic, partition, offset) => log.open(topic, partition, offset),
      range: (topic, partition) => log.range(topic, partition),
      identity: (topic) => log.identity(topic),
      close: () => log.close(),
    };
  }

  /** Sequences of a publisher that are in the log now, as ticks or Voids. */
  async sequencesOf(publisherId: bigint): Promise<ReadonlySet<number>> {
    await this.scan();
    return this.#sequences.get(publisherId) ?? new Set();
  }

  /** All entries so far, those of a partition in their order. */
  async scan(): Promise<readonly LandedEntry[]> {
    const partitions = await this.#log.refreshPartitions();
    for (let partition = 0; partition < partitions; partition += 1) {
      const { endOffset } = await this.#log.range('ticks', partition);
      let next = this.#next[partition] ?? 0;
      if (next >= endOffset) continue;
      const reader = this.#log.open('ticks', partition, next);
      for (; next < endOffset;) {
        for (const record of (await reader.next()) ?? []) {
          this.#take(partition, record);
          next = record.offset + 1;
        }
      }
      await reader.close();
      this.#next[partition] = next;
    }
    return this.#entries;
  }

  #take(partition: number, { bytes }: LogRecordInput): void {
    const writers = this.#writers.get(keyOf(bytes)) ?? new Set();
    for (const entry of decodeLogRecord(bytes)) {
      const none = { partition, writers, publisherId: 0n, mapEpoch: 0, link: 0, sequences: [] };
      if (entry.kind === 'tickBlock') {
        decodeTickBlock(bytes, entry.start, entry.end, this.#dictionary, this.#columns);
        for (let group = 0; group < this.#columns.groupCount; group += 1) this.#add({ ...none, ...this.#group(group) });
      } else if (entry.kind === 'void') {
        this.#add({ ...none, ...entry, sequences: [entry.sequence] });
      } else if (entry.kind === 'progress' || entry.kind === 'endOfReplay') {
        const { kind, dataset, mapEpoch, publisherId } = entry;
        for (const { symbol } of entry.instruments)
          this.#add({ ...none, kind, dataset, symbol, mapEpoch, publisherId });
      } else if (entry.kind === 'origin') {
        const origin = decodeEntryOfMoves(bytes, entry);
        if (origin.kind === 'origin' && origin.partition === partition) this.#add({ ...none, ...origin });
      }
    }
  }

  #group(
    group: number,
  ): Pick<LandedEntry, 'kind' | 'dataset' | 'symbol' | 'mapEpoch' | 'publisherId' | 'sequences' | 'link'> {
    const columns = this.#columns;
    const { dataset, mapEpoch, publisherId } = columns;
    const [from, to] = [columns.groupStart[group] ?? 0, columns.groupStart[group + 1] ?? 0];
    const sequences = Array.from({ length: to - from }, (_, place) => columns.sequenceAt(group, from + place));
    const link = columns.groupLink[group] ?? 0;
    return { kind: 'ticks', dataset, symbol: columns.symbols[group] ?? '', mapEpoch, publisherId, sequences, link };
  }

  #add(entry: LandedEntry): void {
    this.#entries.push(entry);
    const known = this.#sequences.get(entry.publisherId) ?? new Set();
    for (const sequence of entry.sequences) known.add(sequence);
    this.#sequences.set(entry.publisherId, known);
  }
}

function keyOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
