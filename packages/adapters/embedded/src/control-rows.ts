/**
 * Reads `control` on the connection that only reads. In: an offset. Out: what is kept from there on, in order, within the limits of one
 * read; and the end.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { numberOf } from './database-file.ts';
import type { ReadCalls, ReadControl } from './read-calls.ts';

/** Reads of the table. */
export class ControlRows {
  readonly #database: DatabaseSync;
  readonly #select: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#select = database.prepare(
      'SELECT record_offset, append_time_ms, key, bytes FROM control WHERE record_offset >= ? ORDER BY record_offset LIMIT ?',
    );
  }

  /** The offset behind the newest record. */
  get endOffset(): number {
    return numberOf(this.#database, 'SELECT max(record_offset) + 1 FROM control');
  }

  /** At least one record if there is one, else as many as both limits allow. */
  read({ offset, recordsMax, bytesMax }: ReadCalls['control']['request']): ReadControl {
    const records: ReadControl['records'][number][] = [];
    let size = 0;
    for (const row of this.#select.iterate(offset, recordsMax)) {
      const bytes = row['bytes'] as Uint8Array<ArrayBuffer> | null;
      size += bytes?.length ?? 0;
      if (records.length > 0 && size > bytesMax) break;
      records.push({
        offset: Number(row['record_offset']),
        appendTimeMs: Number(row['append_time_ms']),
        key: String(row['key']),
        bytes: bytes ?? undefined,
      });
    }
    return { records };
  }
}
