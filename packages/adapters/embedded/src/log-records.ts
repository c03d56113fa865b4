/**
 * Records from the log's database. In: a place and an offset. Out: records in order, within the limits of one read.
 * Each record's bytes are an array of their own, so that keeping one keeps no other in memory.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { tableOf } from './log-places.ts';
import type { ReadCalls, ReadRecords } from './read-calls.ts';

/** Reads of every place on one connection. */
export class LogRecords {
  readonly #database: DatabaseSync;
  readonly #basePartitions: number;
  /** By place; made when it is read for the first time, as places may be added. */
  readonly #selects = new Map<number, StatementSync>();

  constructor(database: DatabaseSync, basePartitions: number) {
    this.#database = database;
    this.#basePartitions = basePartitions;
  }

  /** At least one record if there is one, else as many as both limits allow. */
  read({ place, offset, endOffset, recordsMax, bytesMax }: ReadCalls['records']['request']): ReadRecords {
    const offsets: number[] = [];
    const timesMs: number[] = [];
    const records: Uint8Array<ArrayBuffer>[] = [];
    let size = 0;
    for (const row of this.#selectOf(place).iterate(offset, endOffset, recordsMax)) {
      const bytes = row['bytes'] as Uint8Array<ArrayBuffer>;
      size += bytes.length;
      if (records.length > 0 && size > bytesMax) break;
      offsets.push(Number(row['record_offset']));
      timesMs.push(Number(row['append_time_ms']));
      records.push(bytes);
    }
    return { offsets: Float64Array.from(offsets), timesMs: Float64Array.from(timesMs), bytes: records };
  }

  #selectOf(place: number): StatementSync {
    let select = this.#selects.get(place);
    if (select === undefined) {
      select = this.#database.prepare(
        `SELECT record_offset, append_time_ms, bytes FROM ${tableOf(place, this.#basePartitions)}
         WHERE record_offset >= ? AND record_offset < ? ORDER BY record_offset LIMIT ?`,
      );
      this.#selects.set(place, select);
    }
    return select;
  }
}
