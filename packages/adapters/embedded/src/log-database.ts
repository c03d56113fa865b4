/**
 * The log's database. In: groups of records and cutoffs of retention. Out: offsets and append times once a group is on
 * the disk. One table for each place keeps appends at the right edge of a tree. Law 1: what was answered stays, dense
 * and unchanged; append times never go back within a place, whatever the clock does.
 */
import { join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { databaseFiles, factOf, inTransaction, numberOf, openDatabase } from './database-file.ts';
import { ControlTable, controlTableSql } from './control-table.ts';
import { layoutVersions } from './layout-version.ts';
import type { AppendAnswer, AppendControlRequest, AppendRequest, PlaceState } from './log-calls.ts';
import { atPlace, tableOf, topics } from './log-places.ts';
import { FailureError } from './sqlite-failure.ts';

/** Larger pages make records of 256 KiB cheap, smaller ones single small appends; ADR 7 has the numbers. */
export const logPageBytes = 16_384;
/** The WAL is copied back into the database when about this much stands in it, bytes. */
export const checkpointBytes = 33_554_432;
/** Past this the copying waits for readers, so that the WAL can begin again from its start, bytes. */
const walBytesMax = 134_217_728;
const sweepRecordsMax = 2_000;
const sweepBytesMax = 16_777_216;

type Place = { firstOffset: number; endOffset: number; lastTimeMs: number; pinnedOffset: number };

/** The only connection that writes to the log. */
export class LogDatabase {
  readonly #database: DatabaseSync;
  readonly #partitions: number;
  readonly #inserts: StatementSync[] = [];
  readonly #places: Place[] = [];
  readonly #control: ControlTable;
  #walBytes = 0;
  #doubtful = false;

  /**
   * Opens `log.db` of the directory, or makes it with this id; `partitions` are those that it was made with, whatever was added. Throws
   * what `openDatabase` throws.
   */
  constructor(dataDir: string, partitions: number, logId: string) {
    this.#partitions = partitions;
    const tables = Array.from({ length: partitions * topics.length }, (_, place) => tableOf(place, partitions));
    this.#database = openDatabase({
      path: join(dataDir, databaseFiles.log.name),
      applicationId: databaseFiles.log.applicationId,
      pageBytes: logPageBytes,
      facts: { log_id: logId, partitions: String(partitions) },
      tables: `${tablesSql(tables)}\n${controlTableSql}`,
      layout: layoutVersions.log,
      upgrades: { 1: controlTableSql },
    });
    try {
      this.#database.exec('PRAGMA synchronous = FULL');
      this.#checkPartitions();
      this.#makePlaces(tables.length);
      this.#control = new ControlTable(this.#database);
      this.#adoptPlaces();
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  /** The id that the log was made with. */
  get logId(): string {
    return factOf(this.#database, 'log_id');
  }

  /** What each place keeps, in the order of places. */
  get places(): readonly PlaceState[] {
    return this.#places.map((place) => ({ ...place }));
  }

  /** Bytes of pages that hold something. */
  get usedBytes(): number {
    const pages = numberOf(this.#database, 'PRAGMA page_count') - numberOf(this.#database, 'PRAGMA freelist_count');
    return pages * logPageBytes;
  }

  /** Appends a group in one transaction; all of it is on the disk when this returns, and none when it throws `full`. */
  append(request: AppendRequest): AppendAnswer {
    this.#settleDoubt();
    this.#checkRoom(request);
    const before = this.#places.map((place) => ({ ...place }));
    try {
      const { offsets, timesMs } = inTransaction(this.#database, () => this.#insertAll(request));
      return { offsets, timesMs, usedBytes: this.usedBytes };
    } catch (error) {
      for (const [index, place] of before.entries()) Object.assign(this.#places[index] as Place, place);
      this.#doubtful = true;
      throw error;
    }
  }

  /** Appends records of `control` in one transaction, as `append` does. */
  appendControl(request: AppendControlRequest): { readonly offsets: number[]; readonly timesMs: number[] } {
    this.#settleDoubt();
    const bytes = request.values.reduce((sum, value) => sum + (value?.length ?? 0), 0);
    this.#checkSpace(bytes, request.bytesMax);
    try {
      const appended = inTransaction(this.#database, () => this.#control.insertAll(request));
      this.#walBytes += bytes + request.keys.length * 2 * logPageBytes;
      return appended;
    } catch (error) {
      this.#doubtful = true;
      throw error;
    }
  }

  /** Adds partitions until there are `count`, each with all its topics, in one transaction. */
  addPartitions(count: number, bytesMax: number): void {
    this.#settleDoubt();
    const wanted = count * topics.length;
    const missing = wanted - this.#places.length;
    if (missing <= 0) return;
    this.#checkSpace(missing * logPageBytes, bytesMax);
    try {
      this.#makePlaces(wanted);
    } catch (error) {
      this.#doubtful = true;
      throw error;
    }
    this.#walBytes += missing * logPageBytes;
    this.#adoptPlaces();
  }

  /** Deletes a bounded part of what is older than the cutoff and below the pins. */
  sweep(cutoffMs: number, pinnedOffsets: Float64Array): { firstOffsets: Float64Array; more: boolean } {
    this.#settleDoubt();
    const budget = { records: sweepRecordsMax, bytes: sweepBytesMax };
    const firsts = inTransaction(this.#database, () =>
      this.#places.map((place, index) => {
        place.pinnedOffset = pinnedOffsets[index] ?? place.pinnedOffset;
        const first = this.#sweepEnd(index, cutoffMs, budget);
        if (first > place.firstOffset) this.#deleteBelow(index, first);
        return first;
      }),
    );
    for (const [index, first] of firsts.entries()) (this.#places[index] as Place).firstOffset = first;
    this.#walBytes += sweepBytesMax - budget.bytes;
    return { firstOffsets: Float64Array.from(firsts), more: budget.records <= 0 || budget.bytes <= 0 };
  }

  /** Copies the WAL into the database when much stands in it. */
  checkpointWhenDue(): void {
    if (this.#walBytes >= checkpointBytes) this.checkpoint();
  }

  /** Copies what it can of the WAL into the database, so that the WAL's space can be used again. */
  checkpoint(): void {
    this.#walBytes = 0;
    const passive = this.#database.prepare('PRAGMA wal_checkpoint(PASSIVE)').get() ?? {};
    const left = Number(passive['log']) - Number(passive['checkpointed']);
    if (left * logPageBytes > walBytesMax) this.#database.exec('PRAGMA wal_checkpoint(RESTART)');
  }

  /** Copies all of the WAL and closes. */
  close(): void {
    this.#database.close();
  }

  #insertAll(request: AppendRequest): { offsets: Float64Array<ArrayBuffer>; timesMs: Float64Array<ArrayBuffer> } {
    const { nowMs, places, lengths, bytes } = request;
    const offsets = new Float64Array(places.length);
    const timesMs = new Float64Array(places.length);
    let start = 0;
    for (const [record, index] of places.entries()) {
      const place = this.#places[index] as Place;
      const length = lengths[record] as number;
      place.lastTimeMs = Math.max(place.lastTimeMs, nowMs);
      const insert = this.#inserts[index] as StatementSync;
      insert.run(place.endOffset, place.lastTimeMs, new Uint8Array(bytes, start, length));
      offsets[record] = place.endOffset;
      timesMs[record] = place.lastTimeMs;
      place.endOffset += 1;
      start += length;
    }
    this.#walBytes += start + new Set(places).size * 2 * logPageBytes;
    return { offsets, timesMs };
  }

  #checkRoom(request: AppendRequest): void {
    const { places, bytes, ticksBytesMax, bytesMax } = request;
    if (bytesMax === Infinity) return;
    const ticks = places.some((place) => atPlace(place, this.#partitions).topic === 'ticks');
    this.#checkSpace(bytes.byteLength, ticks ? ticksBytesMax : bytesMax);
  }

  #checkSpace(bytes: number, limit: number): void {
    if (limit === Infinity) return;
    if (this.usedBytes + bytes > limit)
      throw new FailureError('full', `the quota leaves the log ${limit} bytes`, { quota: 'yes' });
  }

  /** After a failed commit the places are read again: the disk says what landed, not what was hoped. */
  #settleDoubt(): void {
    if (!this.#doubtful) return;
    for (const [index, place] of this.#places.entries()) {
      Object.assign(place, this.#readPlace(tableOf(index, this.#partitions), index));
    }
    this.#adoptPlaces();
    this.#doubtful = false;
  }

  #readPlace(table: string, index: number): Place {
    const state = this.#database.prepare('SELECT * FROM places WHERE place = ?').get(index);
    if (state === undefined) throw new FailureError('damaged', `the state of ${table} is missing`);
    const last = this.#database
      .prepare(`SELECT record_offset, append_time_ms FROM ${table} ORDER BY record_offset DESC LIMIT 1`)
      .get();
    const first = this.#database.prepare(`SELECT min(record_offset) AS first FROM ${table}`).get();
    const endOffset = last === undefined ? Number(state['end_offset']) : Number(last['record_offset']) + 1;
    return {
      firstOffset: last === undefined ? endOffset : Number(first?.['first']),
      endOffset,
      lastTimeMs: last === undefined ? Number(state['last_time_ms'] ?? -Infinity) : Number(last['append_time_ms']),
      pinnedOffset: Number(state['pinned_offset'] ?? Infinity),
    };
  }

  /** The offset up to which a place's records may leave now; what they take is taken off the budget. */
  #sweepEnd(index: number, cutoffMs: number, budget: { records: number; bytes: number }): number {
    const { firstOffset, endOffset, pinnedOffset } = this.#places[index] as Place;
    const limit = Math.min(pinnedOffset, endOffset);
    if (firstOffset >= limit || budget.records <= 0 || budget.bytes <= 0) return firstOffset;
    const oldest = this.#database.prepare(
      `SELECT append_time_ms, length(bytes) AS size FROM ${tableOf(index, this.#partitions)}
       WHERE record_offset >= ? AND record_offset < ? ORDER BY record_offset LIMIT ?`,
    );
    let offset = firstOffset;
    for (const row of oldest.iterate(firstOffset, limit, budget.records)) {
      if (Number(row['append_time_ms']) >= cutoffMs || budget.bytes <= 0) break;
      budget.records -= 1;
      budget.bytes -= Number(row['size']);
      offset += 1;
    }
    return offset;
  }

  /** The pin is kept with what it let go: after a restart it is no higher than what was deleted by it. */
  #deleteBelow(index: number, offset: number): void {
    const { endOffset, lastTimeMs, pinnedOffset } = this.#places[index] as Place;
    const pinned = Number.isFinite(pinnedOffset) ? pinnedOffset : null;
    this.#database
      .prepare('UPDATE places SET end_offset = ?, last_time_ms = ?, pinned_offset = ? WHERE place = ?')
      .run(endOffset, lastTimeMs, pinned, index);
    this.#database.prepare(`DELETE FROM ${tableOf(index, this.#partitions)} WHERE record_offset < ?`).run(offset);
  }

  /** Makes what is missing of so many places; what is there stays as it is. */
  #makePlaces(count: number): void {
    const known = this.#placesOnDisk();
    if (known >= count) return;
    const tables = Array.from({ length: count }, (_, place) => tableOf(place, this.#partitions));
    inTransaction(this.#database, () => this.#database.exec(placesSql(tables, known)));
  }

  /** Takes up the places that are on the disk and not known here yet. */
  #adoptPlaces(): void {
    for (let place = this.#places.length; place < this.#placesOnDisk(); place += 1) {
      const table = tableOf(place, this.#partitions);
      this.#places.push(this.#readPlace(table, place));
      this.#inserts.push(this.#database.prepare(`INSERT INTO ${table} VALUES (?, ?, ?)`));
    }
  }

  #placesOnDisk(): number {
    return numberOf(this.#database, 'SELECT count(*) FROM places');
  }

  #checkPartitions(): void {
    const made = Number(factOf(this.#database, 'partitions'));
    if (made === this.#partitions) return;
    throw new FailureError('other-partitions', `it has ${made} partitions`, { partitions: String(made) });
  }
}

function tablesSql(tables: readonly string[]): string {
  return `CREATE TABLE places (
      place INTEGER PRIMARY KEY, name TEXT NOT NULL, end_offset INTEGER NOT NULL, last_time_ms INTEGER, pinned_offset INTEGER
    ) STRICT;
    ${placesSql(tables, 0)}`;
}

/** Tables and states of the places from this number on. */
function placesSql(tables: readonly string[], from: number): string {
  const made = tables.slice(from);
  const records = made.map(
    (table) =>
      `CREATE TABLE ${table} (record_offset INTEGER PRIMARY KEY, append_time_ms INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;`,
  );
  // Ticks are pinned at 0 until a worker says what it needs: an unread tick must not leave by age alone.
  const states = made.map(
    (table, index) =>
      `INSERT INTO places VALUES (${from + index}, '${table}', 0, NULL, ${table.startsWith('ticks_') ? 0 : 'NULL'});`,
  );
  return `${records.join('\n')}\n${states.join('\n')}`;
}
