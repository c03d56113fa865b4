/**
 * Queries of the store on one connection that only reads. In: queries of seams/store.ts. Out: rows, packed where there
 * are many. Every query has a limit and an index; strings compare by code point.
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type {
  BarQuery,
  SnapshotChoice,
  StoredInstrument,
  StoredSnapshot,
  TapeChunk,
  TapeQuery,
} from '@tapeline/domain';
import { barNumberCount, barOwnNumberCount, type PackedBars } from './packed-bars.ts';
import type { InstrumentsQuery } from './read-calls.ts';
import { barColumns } from './store-tables.ts';

type Row = Readonly<Record<string, SQLInputValue>>;

const tapeOrders: Readonly<Record<TapeQuery['order'], string>> = {
  'first-event': 'first_event_ns, first_number',
  'last-event': 'last_event_ns DESC, first_number DESC',
  number: 'first_number',
};

/** The index that has the order, or leaves out most; SQLite keeps no statistics here and would guess. */
function indexOf({ order, amending, startNs, endNs }: TapeQuery): string {
  if (amending === true) return 'tape_amending';
  if (order === 'last-event') return 'tape_by_last_event';
  const isAll = startNs === undefined && endNs === undefined;
  return order === 'number' && isAll ? 'tape_by_number' : 'tape_by_first_event';
}

/** What holds of the wanted chunks. No chunk is longer than the span, so each end of a range bounds both times. */
function chunksWanted(
  { startNs, endNs, amending }: TapeQuery,
  instrument: bigint,
  spanNs: bigint,
): { where: string; values: SQLInputValue[] } {
  const conditions = ['instrument = ?'];
  const values: SQLInputValue[] = [instrument];
  if (startNs !== undefined) {
    conditions.push('last_event_ns >= ?', 'first_event_ns >= ?');
    values.push(int64(startNs), int64(startNs - spanNs));
  }
  if (endNs !== undefined) {
    conditions.push('first_event_ns < ?', 'last_event_ns < ?');
    values.push(int64(endNs), int64(endNs + spanNs));
  }
  if (amending === true) conditions.push('amends = 1');
  return { where: conditions.join(' AND '), values };
}

/** The nearest integer that SQLite holds. */
function int64(value: bigint): bigint {
  if (BigInt.asIntN(64, value) === value) return value;
  return value < 0n ? -(2n ** 63n) : 2n ** 63n - 1n;
}

/** What the store answers. */
export class StoreQueries {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** See `Store.bars`. */
  bars(query: BarQuery): PackedBars {
    const { dataset, symbol, interval, profile, newestFirst, limit } = query;
    const instrument = this.#idOf('SELECT id FROM instruments WHERE dataset = ? AND symbol = ?', dataset, symbol);
    const kind = this.#idOf('SELECT id FROM kinds WHERE interval = ? AND profile = ?', interval, profile);
    const names = { instruments: [[dataset, symbol] as const], kinds: [[interval, profile] as const] };
    if (instrument === undefined || kind === undefined) return packRows([], names);
    const { startSec = Number.MIN_SAFE_INTEGER, endSec = Number.MAX_SAFE_INTEGER } = query;
    const select = this.#prepare(
      `SELECT ${barColumns.join(', ')}, ${exactly('volume')}, ${exactly('notional')} FROM bars
       WHERE instrument = ? AND kind = ? AND start_sec >= ? AND start_sec < ?
       ORDER BY start_sec ${newestFirst ? 'DESC' : 'ASC'} LIMIT ?`,
    );
    select.setReturnArrays(true);
    const rows = select.all(
      instrument,
      kind,
      startSec,
      endSec,
      limit,
    ) as unknown as readonly (readonly SQLInputValue[])[];
    return packRows(rows, names);
  }

  /** See `Store.tape`. */
  tape(query: TapeQuery): readonly TapeChunk[] {
    const { dataset, symbol, order, skip = 0, limit } = query;
    const find = this.#prepare('SELECT id, chunk_span_ns FROM instruments WHERE dataset = ? AND symbol = ?');
    find.setReadBigInts(true);
    const instrument = find.get(dataset, symbol);
    if (instrument === undefined) return [];
    const { where, values } = chunksWanted(query, instrument['id'] as bigint, instrument['chunk_span_ns'] as bigint);
    // The inner query is answered by the index alone; bytes are read of the chunks that are handed out.
    const select = this.#prepare(
      `SELECT first_number, last_number, first_event_ns, last_event_ns, amends, bytes FROM tape WHERE id IN (
         SELECT id FROM tape INDEXED BY ${indexOf(query)} WHERE ${where} ORDER BY ${tapeOrders[order]} LIMIT ? OFFSET ?
       ) ORDER BY ${tapeOrders[order]}`,
    );
    select.setReadBigInts(true);
    return select.all(...values, limit, skip).map((row) => chunkOf(dataset, symbol, row as Row));
  }

  /** See `Store.instruments`. */
  instruments(query: InstrumentsQuery): readonly StoredInstrument[] {
    const { dataset, after, limit } = query;
    const found: StoredInstrument[] = [];
    let current = dataset ?? this.#datasetFrom('>=', after?.dataset ?? '');
    while (current !== undefined && found.length < limit) {
      this.#addOf(current, query, found);
      current = dataset === undefined ? this.#datasetFrom('>', current) : undefined;
    }
    return found;
  }

  /** See `Store.instrumentsNamed`. */
  instrumentsNamed(symbol: string, dataset: string | undefined): readonly StoredInstrument[] {
    const rows =
      dataset === undefined
        ? this.#prepare(`${instrumentSql} symbol = ? ORDER BY dataset`).all(symbol)
        : this.#prepare(`${instrumentSql} symbol = ? AND dataset = ?`).all(symbol, dataset);
    return rows.map((row) => instrumentOf(row as Row));
  }

  /** See `Store.snapshots`. */
  snapshots(partition: number, { after = -1, limit = snapshotsKept }: SnapshotChoice): readonly StoredSnapshot[] {
    const select = this.#prepare(
      `SELECT next_offset, bytes FROM snapshots WHERE partition_number = ?1 AND saved < coalesce(
        (SELECT max(saved) FROM snapshots WHERE partition_number = ?1 AND next_offset = ?2), 9223372036854775807)
       ORDER BY saved DESC LIMIT ?3`,
    );
    return select.all(partition, after, Math.min(limit, snapshotsKept)).map((row) => ({
      partition,
      nextOffset: Number(row['next_offset']),
      bytes: row['bytes'] as Uint8Array,
    }));
  }

  /** Adds instruments of one dataset whose symbols have the prefix, behind `after`, until `limit` are found. */
  #addOf(dataset: string, query: InstrumentsQuery, found: StoredInstrument[]): void {
    const { symbolPrefix = '', after = { dataset: '', symbol: '' }, limit } = query;
    const select = this.#prepare(
      `${instrumentSql} dataset = ? AND symbol >= max(?, ?) AND (dataset, symbol) > (?, ?) ORDER BY symbol LIMIT ?`,
    );
    const behind = dataset === after.dataset ? after.symbol : '';
    const bounds = [dataset, symbolPrefix, behind, after.dataset, after.symbol];
    // Symbols with the prefix stand together, so the first one without it ends them.
    for (const row of select.iterate(...bounds, limit - found.length)) {
      const instrument = instrumentOf(row as Row);
      if (!instrument.symbol.startsWith(symbolPrefix)) return;
      found.push(instrument);
    }
  }

  #datasetFrom(sign: '>=' | '>', dataset: string): string | undefined {
    const row = this.#prepare(`SELECT min(dataset) AS next FROM instruments WHERE dataset ${sign} ?`).get(dataset);
    const next = row?.['next'];
    return typeof next === 'string' ? next : undefined;
  }

  #idOf(sql: string, first: string, second: string): number | undefined {
    const row = this.#prepare(sql).get(first, second);
    return row === undefined ? undefined : Number(row['id']);
  }

  /** The texts are a small closed set: they come from this file and vary by what a query leaves out. */
  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) this.#statements.set(sql, (statement = this.#database.prepare(sql)));
    return statement;
  }
}

const snapshotsKept = 2;
const instrumentSql = `SELECT dataset, symbol, price_exponent, size_exponent, calendar, currency, tick_size
  FROM instruments WHERE price_exponent IS NOT NULL AND`;

/** A sum as a number where that is exact, else as its digits; SQLite orders every text behind every number. */
function exactly(column: string): string {
  const { MIN_SAFE_INTEGER: min, MAX_SAFE_INTEGER: max } = Number;
  return `CASE WHEN ${column} BETWEEN ${min} AND ${max} THEN ${column} ELSE CAST(${column} AS TEXT) END`;
}

function packRows(
  rows: readonly (readonly SQLInputValue[])[],
  names: Pick<PackedBars, 'instruments' | 'kinds'>,
): PackedBars {
  const numbers = new Float64Array(rows.length * barNumberCount);
  const sums: (number | string)[] = [];
  for (const [index, row] of rows.entries()) {
    const at = index * barNumberCount;
    for (let place = 0; place < barOwnNumberCount; place += 1) numbers[at + place] = (row[place] ?? NaN) as number;
    sums.push(row[barOwnNumberCount] as number | string, row[barOwnNumberCount + 1] as number | string);
  }
  return { count: rows.length, numbers, sums, ...names };
}

function chunkOf(dataset: string, symbol: string, row: Row): TapeChunk {
  return {
    dataset,
    symbol,
    firstNumber: Number(row['first_number']),
    lastNumber: Number(row['last_number']),
    firstEventNs: row['first_event_ns'] as bigint,
    lastEventNs: row['last_event_ns'] as bigint,
    amends: Number(row['amends']) === 1,
    bytes: row['bytes'] as Uint8Array,
  };
}

function instrumentOf(row: Row): StoredInstrument {
  return {
    dataset: row['dataset'] as string,
    symbol: row['symbol'] as string,
    terms: {
      priceExponent: Number(row['price_exponent']),
      sizeExponent: Number(row['size_exponent']),
      calendar: row['calendar'] as string,
      currency: row['currency'] as string,
      tickSize: Number(row['tick_size']),
    },
  };
}
