/**
 * The store's database, written. In: groups of bars, chunks, instruments and snapshots. Out: one transaction for each
 * group. Law 5: of one bar the higher (fold version, revision) stays, in whatever order they come. Commits reach the
 * disk with the next snapshot, which is written through: what a crash of the machine loses, the log has.
 */
import { join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { StoredInstrument, StoredSnapshot, TapeChunk } from '@tapeline/domain';
import { databaseFiles, factOf, inTransaction, numberOf, openDatabase } from './database-file.ts';
import { layoutVersions } from './layout-version.ts';
import { barNumberCount, barOwnNumberCount, type PackedBars } from './packed-bars.ts';
import { FailureError } from './sqlite-failure.ts';
import type { StoreItem, StoreItemAnswer } from './store-calls.ts';
import { barColumns, claimsTable, storePageBytes, storeTables } from './store-tables.ts';

/** The WAL is copied back into the database when about this many bytes stand in it. */
const checkpointBytes = 16_777_216;
const walBytesMax = 134_217_728;
/** Ids of instruments that are remembered; past this they are looked up again. */
const instrumentIdsMax = 100_000;
/** Pages in memory, KiB: the edges of the trees of some thousand series. */
const cacheKib = 65_536;

/** The only connection that writes to the store. */
export class StoreDatabase {
  readonly #database: DatabaseSync;
  readonly #statements: ReturnType<typeof prepareAll>;
  readonly #instrumentIds = new Map<string, number>();
  #walBytes = 0;

  /** Opens `store.db` of the directory, or makes it for this log. Throws what `openDatabase` throws. */
  constructor(dataDir: string, logId: string) {
    this.#database = openDatabase({
      path: join(dataDir, databaseFiles.store.name),
      applicationId: databaseFiles.store.applicationId,
      pageBytes: storePageBytes,
      facts: { log_id: logId },
      tables: storeTables,
      layout: layoutVersions.store,
      upgrades: {},
    });
    try {
      if (factOf(this.#database, 'log_id') !== logId)
        throw new FailureError('other-log', 'it is the store of another log');
      this.#database.exec(`PRAGMA synchronous = NORMAL; PRAGMA cache_size = -${cacheKib}`);
      this.#database.exec(claimsTable);
      this.#statements = prepareAll(this.#database);
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  /** Bytes of pages that hold something. */
  get usedBytes(): number {
    const pages = numberOf(this.#database, 'PRAGMA page_count') - numberOf(this.#database, 'PRAGMA freelist_count');
    return pages * storePageBytes;
  }

  /** Writes a group in one transaction. Throws `FailureError` `full` past `bytesMax`. */
  write(items: readonly StoreItem[], bytesMax: number): StoreItemAnswer[] {
    if (bytesMax !== Infinity && this.usedBytes > bytesMax) {
      throw new FailureError('full', `the quota leaves the store ${bytesMax} bytes`, { quota: 'yes' });
    }
    const durable = items.some(({ kind }) => kind === 'snapshot' || kind === 'claim');
    if (durable) this.#database.exec('PRAGMA synchronous = FULL');
    try {
      return inTransaction(this.#database, () => items.map((item) => this.#writeItem(item)));
    } catch (error) {
      // Ids that the failed transaction gave out are gone with it.
      this.#instrumentIds.clear();
      throw error;
    } finally {
      if (durable) this.#database.exec('PRAGMA synchronous = NORMAL');
    }
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
    if (left * storePageBytes > walBytesMax) this.#database.exec('PRAGMA wal_checkpoint(RESTART)');
  }

  /** Copies all of the WAL and closes. */
  close(): void {
    this.#database.close();
  }

  #writeItem(item: StoreItem): StoreItemAnswer {
    switch (item.kind) {
      case 'bars':
        this.#writeBars(item.bars);
        return undefined;
      case 'tape':
        this.#writeTape(item.chunks);
        return undefined;
      case 'instruments':
        this.#writeInstruments(item.instruments);
        return undefined;
      case 'claim':
        return this.#claim(item.partition);
      case 'snapshot':
        return this.#writeSnapshot(item.snapshot, item.epoch);
    }
  }

  #writeBars(bars: PackedBars): void {
    const instruments = bars.instruments.map(([dataset, symbol]) => this.#instrumentId(dataset, symbol));
    const kinds = bars.kinds.map(([interval, profile]) => this.#kindId(interval, profile));
    const { numbers, sums } = bars;
    const values: (number | bigint | string | null)[] = [];
    for (let index = 0; index < bars.count; index += 1) {
      const at = index * barNumberCount;
      values[0] = instruments[numbers[at + barOwnNumberCount] as number] as number;
      values[1] = kinds[numbers[at + barOwnNumberCount + 1] as number] as number;
      for (let place = 0; place < barOwnNumberCount; place += 1) {
        const value = numbers[at + place] as number;
        values[place + 2] = Number.isNaN(value) ? null : value;
      }
      values[barOwnNumberCount + 2] = sums[index * 2] as bigint | string;
      values[barOwnNumberCount + 3] = sums[index * 2 + 1] as bigint | string;
      this.#statements.bar.run(...values);
    }
    this.#walBytes += bars.count * 200;
  }

  #writeTape(chunks: readonly TapeChunk[]): void {
    for (const chunk of chunks) {
      const { firstNumber, lastNumber, firstEventNs, lastEventNs, amends, bytes } = chunk;
      const instrument = this.#instrumentId(chunk.dataset, chunk.symbol);
      this.#statements.chunk.run(instrument, firstNumber, lastNumber, firstEventNs, lastEventNs, amends ? 1 : 0, bytes);
      this.#statements.span.run(lastEventNs - firstEventNs, instrument, lastEventNs - firstEventNs);
      this.#walBytes += bytes.length + 4 * storePageBytes;
    }
  }

  #writeInstruments(instruments: readonly StoredInstrument[]): void {
    for (const { dataset, symbol, terms } of instruments) {
      const { priceExponent, sizeExponent, calendar, currency, tickSize } = terms;
      this.#statements.terms.run(dataset, symbol, priceExponent, sizeExponent, calendar, currency, tickSize);
    }
    this.#walBytes += instruments.length * storePageBytes;
  }

  #claim(partition: number): number {
    const epoch = this.#claimedEpoch(partition) + 1;
    this.#statements.claim.run(partition, epoch);
    return epoch;
  }

  #claimedEpoch(partition: number): number {
    return Number(this.#statements.claimed.get(partition)?.['epoch'] ?? 0);
  }

  #writeSnapshot({ partition, nextOffset, bytes }: StoredSnapshot, epoch: number): StoreItemAnswer {
    const claimed = this.#claimedEpoch(partition);
    if (claimed !== epoch) return claimed;
    this.#statements.sameSnapshot.run(partition, nextOffset);
    this.#statements.snapshot.run(partition, nextOffset, bytes);
    this.#statements.olderSnapshots.run(partition, partition);
    this.#walBytes += bytes.length;
    return undefined;
  }

  #instrumentId(dataset: string, symbol: string): number {
    const name = `${dataset}\u0000${symbol}`;
    const known = this.#instrumentIds.get(name);
    if (known !== undefined) return known;
    if (this.#instrumentIds.size >= instrumentIdsMax) this.#instrumentIds.clear();
    const id = idOf(this.#statements.findInstrument, this.#statements.addInstrument, dataset, symbol);
    this.#instrumentIds.set(name, id);
    return id;
  }

  #kindId(interval: string, profile: string): number {
    return idOf(this.#statements.findKind, this.#statements.addKind, interval, profile);
  }
}

function idOf(find: StatementSync, add: StatementSync, first: string, second: string): number {
  const row = find.get(first, second);
  return row === undefined ? Number(add.run(first, second).lastInsertRowid) : Number(row['id']);
}

function prepareAll(database: DatabaseSync): Record<StatementName, StatementSync> {
  const names = Object.keys(statements) as StatementName[];
  const prepared = names.map((name) => [name, database.prepare(statements[name])] as const);
  return Object.fromEntries(prepared) as Record<StatementName, StatementSync>;
}

type StatementName = keyof typeof statements;

const barValues = ['instrument', 'kind', ...barColumns, 'volume', 'notional'];
const barChanges = barValues.slice(3).map((name) => `${name} = excluded.${name}`);

const statements = {
  bar: `INSERT INTO bars (${barValues.join(', ')}) VALUES (${barValues.map(() => '?').join(', ')})
    ON CONFLICT DO UPDATE SET ${barChanges.join(', ')}
    WHERE (excluded.fold_version, excluded.revision) > (bars.fold_version, bars.revision)`,
  chunk: `INSERT INTO tape (instrument, first_number, last_number, first_event_ns, last_event_ns, amends, bytes)
    VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (instrument, first_number) DO UPDATE SET last_number = excluded.last_number,
      first_event_ns = excluded.first_event_ns, last_event_ns = excluded.last_event_ns, amends = excluded.amends,
      bytes = excluded.bytes
    WHERE excluded.last_number > tape.last_number`,
  span: 'UPDATE instruments SET chunk_span_ns = ? WHERE id = ? AND chunk_span_ns < ?',
  terms: `INSERT INTO instruments (dataset, symbol, price_exponent, size_exponent, calendar, currency, tick_size)
    VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (dataset, symbol) DO UPDATE SET price_exponent = excluded.price_exponent,
      size_exponent = excluded.size_exponent, calendar = excluded.calendar, currency = excluded.currency,
      tick_size = excluded.tick_size
    WHERE instruments.price_exponent IS NULL`,
  findInstrument: 'SELECT id FROM instruments WHERE dataset = ? AND symbol = ?',
  addInstrument: 'INSERT INTO instruments (dataset, symbol) VALUES (?, ?)',
  findKind: 'SELECT id FROM kinds WHERE interval = ? AND profile = ?',
  addKind: 'INSERT INTO kinds (interval, profile) VALUES (?, ?)',
  claimed: 'SELECT epoch FROM snapshot_claims WHERE partition_number = ?',
  claim: `INSERT INTO snapshot_claims (partition_number, epoch) VALUES (?, ?)
    ON CONFLICT DO UPDATE SET epoch = excluded.epoch`,
  sameSnapshot: 'DELETE FROM snapshots WHERE partition_number = ? AND next_offset = ?',
  snapshot: 'INSERT INTO snapshots (partition_number, next_offset, bytes) VALUES (?, ?, ?)',
  olderSnapshots: `DELETE FROM snapshots WHERE partition_number = ? AND saved NOT IN
    (SELECT saved FROM snapshots WHERE partition_number = ? ORDER BY saved DESC LIMIT 2)`,
} as const;
