/**
 * Instruments in Cassandra. In: terms. Out: the first ones that were stored, by symbol and in order. A conditional write
 * by symbol decides which are first, each in a partition of its own; the list in order is a copy that is the same whoever
 * makes it. UTF-8 sorts by code point, as the seam asks.
 */
import type { Store, StoredInstrument } from '@tapeline/domain';
import type { PatientReads } from './patient-reads.ts';
import type { Row, Session, Value } from './session.ts';
import { StatementUnit } from './statement-unit.ts';
import type { Writer } from './writer.ts';

/** Instruments whose terms are decided at once. */
const decidedAtOnce = 32;
/** Instruments that are remembered as stored; past this they are asked for again. */
const storedMax = 200_000;
const pageRows = 1_000;

const columns = 'dataset, symbol, price_exponent, size_exponent, calendar, currency, tick_size';
const find = `SELECT ${columns} FROM {keyspace}.instruments_by_symbol WHERE symbol = ?`;
const decide = `INSERT INTO {keyspace}.instruments_by_symbol (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?) IF NOT EXISTS`;
const copy = `INSERT INTO {keyspace}.instruments (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP 1`;
const addDataset = 'INSERT INTO {keyspace}.datasets (bucket, dataset) VALUES (0, ?) USING TIMESTAMP 1';
const datasetsFrom = 'SELECT dataset FROM {keyspace}.datasets WHERE bucket = 0 AND dataset >= ?';
const listFrom = `SELECT ${columns} FROM {keyspace}.instruments WHERE dataset = ? AND symbol >= ?`;
const listAfter = `SELECT ${columns} FROM {keyspace}.instruments WHERE dataset = ? AND symbol > ?`;

type InstrumentsQuery = Parameters<Store['instruments']>[0];

/** Instruments of a keyspace. */
export class Instruments {
  readonly #session: Session;
  readonly #writer: Writer;
  readonly #reads: PatientReads;
  readonly #stored = new Set<string>();

  constructor(session: Session, writer: Writer, reads: PatientReads) {
    this.#session = session;
    this.#writer = writer;
    this.#reads = reads;
  }

  /** See `Store.writeInstruments`. */
  async write(instruments: readonly StoredInstrument[]): Promise<void> {
    const wanted = new Map<string, StoredInstrument>();
    for (const one of instruments) {
      const key = keyOf(one);
      // The first of a call is the first of all.
      if (!this.#stored.has(key) && !wanted.has(key)) wanted.set(key, one);
    }
    const list = [...wanted.values()];
    for (let next = 0; next < list.length; next += decidedAtOnce) {
      const some = list.slice(next, next + decidedAtOnce);
      const first = await Promise.all(some.map(async (one) => this.#decided(one)));
      const units = first.map((one) => new StatementUnit(this.#session, copy, valuesOf(one), 256));
      const datasets = new Set(first.map(({ dataset }) => dataset));
      for (const dataset of datasets) units.push(new StatementUnit(this.#session, addDataset, [dataset], 64));
      await this.#writer.write('writing instruments', units);
      if (this.#stored.size > storedMax) this.#stored.clear();
      for (const one of first) this.#stored.add(keyOf(one));
    }
  }

  /** See `Store.instrumentsNamed`. */
  async named(symbol: string, dataset: string | undefined): Promise<readonly StoredInstrument[]> {
    if (symbol === '') return [];
    const rows = await this.#reads.rows('reading instruments', find, [symbol]);
    return rows.map(instrumentOf).filter((one) => dataset === undefined || one.dataset === dataset);
  }

  /** See `Store.instruments`. */
  async list(query: InstrumentsQuery): Promise<readonly StoredInstrument[]> {
    const { dataset, symbolPrefix = '', after, limit } = query;
    const found: StoredInstrument[] = [];
    for (const one of dataset === undefined ? await this.#datasets(after?.dataset ?? '') : [dataset]) {
      if (found.length >= limit) break;
      // `after` of another dataset lies before or behind all of this one.
      const isAfterAll = after !== undefined && compareUtf8(one, after.dataset) < 0;
      if (one === '' || isAfterAll) continue;
      const behind = after?.dataset === one ? after.symbol : undefined;
      await this.#add(one, symbolPrefix, behind, limit, found);
    }
    return found;
  }

  async #decided(instrument: StoredInstrument): Promise<StoredInstrument> {
    return this.#reads.run('writing instruments', async () => {
      const [known] = await this.named(instrument.symbol, instrument.dataset);
      if (known !== undefined) return known;
      const [row] = await this.#session.execute(decide, valuesOf(instrument), { kind: 'conditional' });
      return row?.['[applied]'] === true || row === undefined ? instrument : instrumentOf(row);
    });
  }

  async #datasets(from: string): Promise<readonly string[]> {
    const rows = await this.#reads.rows('reading instruments', datasetsFrom, [from]);
    return rows.map((row) => row['dataset'] as string);
  }

  async #add(
    dataset: string,
    prefix: string,
    behind: string | undefined,
    limit: number,
    found: StoredInstrument[],
  ): Promise<void> {
    const isBehind = behind !== undefined && compareUtf8(behind, prefix) >= 0;
    const statement = isBehind ? listAfter : listFrom;
    const page = await this.#reads.run('reading instruments', async () => {
      const some: StoredInstrument[] = [];
      const how = { pageRows: Math.max(2, Math.min(pageRows, limit - found.length)) };
      for await (const rows of this.#session.pages(statement, [dataset, isBehind ? behind : prefix], how)) {
        for (const row of rows) {
          const one = instrumentOf(row);
          // Symbols with the prefix stand together, so the first one without it ends them.
          if (!one.symbol.startsWith(prefix) || found.length + some.length >= limit) return some;
          some.push(one);
        }
      }
      return some;
    });
    found.push(...page);
  }
}

function keyOf({ dataset, symbol }: StoredInstrument): string {
  return `${dataset}\u0000${symbol}`;
}

function valuesOf({ dataset, symbol, terms }: StoredInstrument): Value[] {
  const { priceExponent, sizeExponent, calendar, currency, tickSize } = terms;
  return [dataset, symbol, priceExponent, sizeExponent, calendar, currency, BigInt(tickSize)];
}

function instrumentOf(row: Row): StoredInstrument {
  return {
    dataset: row['dataset'] as string,
    symbol: row['symbol'] as string,
    terms: {
      priceExponent: row['price_exponent'] as number,
      sizeExponent: row['size_exponent'] as number,
      calendar: row['calendar'] as string,
      currency: row['currency'] as string,
      tickSize: Number(row['tick_size']),
    },
  };
}

function compareUtf8(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
