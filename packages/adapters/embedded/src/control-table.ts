/**
 * The table of `control`: the last record of each key. In: records by key. Out: their offsets, which only rise. Law: the newest record
 * of all is there always, so the end follows from the table alone; what was taken out is forgotten after a day, as Kafka does it.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { AppendControlRequest } from './log-calls.ts';

/** The statements that make it. */
export const controlTableSql =
  'CREATE TABLE control (record_offset INTEGER PRIMARY KEY, append_time_ms INTEGER NOT NULL, key TEXT NOT NULL UNIQUE, bytes BLOB) STRICT';

/** Whoever begins to read later than this after a record was taken out does not hear of it, ms. */
const tombstoneMs = 86_400_000;
/** Appends between looks for old ones. */
const forgetEvery = 256;

/** The table on the connection that writes. */
export class ControlTable {
  readonly #last: StatementSync;
  readonly #insert: StatementSync;
  readonly #forget: StatementSync;
  #untilForget = 0;

  constructor(database: DatabaseSync) {
    this.#last = database.prepare(
      'SELECT record_offset, append_time_ms FROM control ORDER BY record_offset DESC LIMIT 1',
    );
    this.#insert = database.prepare('INSERT OR REPLACE INTO control VALUES (?, ?, ?, ?)');
    this.#forget = database.prepare(
      'DELETE FROM control WHERE bytes IS NULL AND append_time_ms < ? AND record_offset < ?',
    );
  }

  /** Inserts records in their order; inside a transaction of the caller's. */
  insertAll({ nowMs, keys, values }: AppendControlRequest): { readonly offsets: number[]; readonly timesMs: number[] } {
    const last = this.#last.get();
    const firstOffset = last === undefined ? 0 : Number(last['record_offset']) + 1;
    const timeMs = Math.max(nowMs, last === undefined ? 0 : Number(last['append_time_ms']));
    for (const [index, key] of keys.entries()) {
      this.#insert.run(firstOffset + index, timeMs, key, values[index] ?? null);
    }
    this.#untilForget -= 1;
    if (this.#untilForget <= 0) {
      this.#untilForget = forgetEvery;
      this.#forget.run(timeMs - tombstoneMs, firstOffset + keys.length - 1);
    }
    return { offsets: keys.map((_, index) => firstOffset + index), timesMs: keys.map(() => timeMs) };
  }
}
