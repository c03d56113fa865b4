/**
 * Instruments in Cassandra. In: terms, and pins of instruments that are in a log already. Out: the first ones that were
 * stored, by symbol and in order. A conditional write by symbol decides which are first, each in a partition of its own, and
 * where the instrument lives with it; the list in order is a copy that is the same whoever makes it. UTF-8 sorts by code
 * point, as the seam asks.
 */
import {
  checkSeenAtPlace,
  type ListedInstrument,
  type Store,
  StoreError,
  type StoredInstrument,
} from '@tapeline/domain';
import type { PatientReads } from './patient-reads.ts';
import { hasTerms, pinOf } from './pins.ts';
import type { Row, Session, Value } from './session.ts';
import { StatementUnit } from './statement-unit.ts';
import type { Writer } from './writer.ts';

/** Instruments whose terms are decided at once. */
const decidedAtOnce = 32;
/** Instruments that are remembered as stored; past this they are asked for again. */
const storedMax = 200_000;
const pageRows = 1_000;

/** An instrument goes from nothing to a pin, and from either to terms, so a third turn finds it decided. */
const turnsMax = 3;

const terms = ['price_exponent', 'size_exponent', 'calendar', 'currency', 'tick_size'] as const;
const columns = `dataset, symbol, ${terms.join(', ')}`;
const find = `SELECT ${columns}, pin FROM {keyspace}.instruments_by_symbol WHERE symbol = ?`;
const decideWhere = `WHERE dataset = ? AND symbol = ? IF ${terms.map((name) => `${name} = null`).join(' AND ')} AND pin =`;
// All terms stand in the condition, so that who comes too late is told those that hold.
const setTerms = `UPDATE {keyspace}.instruments_by_symbol SET ${terms.map((name) => `${name} = ?`).join(', ')}`;
const decideAtHome = `${setTerms} ${decideWhere} null`;
const decidePinned = `${setTerms}, pin = ? ${decideWhere} ?`;
const copy = `INSERT INTO {keyspace}.instruments (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP 1`;
const copyPinned = `INSERT INTO {keyspace}.instruments (${columns}, pin) VALUES (?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP 1`;
const addDataset = 'INSERT INTO {keyspace}.datasets (bucket, dataset) VALUES (0, ?) USING TIMESTAMP 1';
const datasetsFrom = 'SELECT dataset FROM {keyspace}.datasets WHERE bucket = 0 AND dataset >= ?';
const listFrom = `SELECT ${columns}, pin FROM {keyspace}.instruments WHERE dataset = ? AND symbol >= ?`;
const listAfter = `SELECT ${columns}, pin FROM {keyspace}.instruments WHERE dataset = ? AND symbol > ?`;

type InstrumentsQuery = Parameters<Store['instruments']>[0];

/** Instruments of a keyspace. */
export class Instruments {
  readonly #session: Session;
  readonly #writer: Writer;
  readonly #reads: PatientReads;
  /** With their pins. */
  readonly #stored = new Map<string, number | undefined>();

  constructor(session: Session, writer: Writer, reads: PatientReads) {
    this.#session = session;
    this.#writer = writer;
    this.#reads = reads;
  }

  /** See `Store.writeInstruments`. */
  async write(instruments: readonly ListedInstrument[]): Promise<void> {
    const wanted = new Map<string, ListedInstrument>();
    for (const one of instruments) {
      const key = keyOf(one);
      // The first of a call is the first of all.
      if (this.#stored.has(key)) checkSeenAtPlace(one, this.#stored.get(key));
      else if (!wanted.has(key)) wanted.set(key, one);
    }
    const list = [...wanted.values()];
    for (let next = 0; next < list.length; next += decidedAtOnce) {
      const some = list.slice(next, next + decidedAtOnce);
      const first = await Promise.all(some.map(async (one) => this.#decided(one)));
      const units = first.map((one) => this.#copyOf(one));
      const datasets = new Set(first.map(({ dataset }) => dataset));
      for (const dataset of datasets) units.push(new StatementUnit(this.#session, addDataset, [dataset], 64));
      await this.#writer.write('writing instruments', units);
      if (this.#stored.size > storedMax) this.#stored.clear();
      for (const one of first) this.#stored.set(keyOf(one), one.pin);
    }
  }

  /** See `Store.instrumentsNamed`. */
  async named(symbol: string, dataset: string | undefined): Promise<readonly StoredInstrument[]> {
    if (symbol === '') return [];
    const rows = await this.#rows(symbol, dataset);
    return rows.filter(hasTerms).map(instrumentOf);
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

  /** The instrument as it was decided, here or before. Rejects with STORE_UNFIT if it was seen elsewhere. */
  async #decided(instrument: ListedInstrument): Promise<StoredInstrument> {
    return this.#reads.run('writing instruments', async () => {
      const { dataset, symbol } = instrument;
      let [row] = await this.#rows(symbol, dataset);
      for (let turn = 0; turn < turnsMax; turn += 1) {
        const before = row === undefined ? {} : pinOf(row);
        const isDecided = row !== undefined && hasTerms(row);
        if (isDecided || before.pin !== undefined) checkSeenAtPlace(instrument, before.pin);
        if (row !== undefined && isDecided) return instrumentOf(row);
        const wished = { ...instrument, ...before };
        const answer = await this.#decide(wished, before.pin);
        if (answer === undefined) return wished;
        row = { ...answer, dataset, symbol };
      }
      const message = `the row of ${symbol} in ${dataset} changed ${turnsMax} times, as no row of an instrument does; look at it`;
      throw new StoreError('STORE_UNFIT', message);
    });
  }

  /** Enters terms where there are none and the pin is as it was; what comes back is the row that stood against it. */
  async #decide(instrument: StoredInstrument, pinBefore: number | undefined): Promise<Row | undefined> {
    const { dataset, symbol, pin } = instrument;
    const [, , ...ofTerms] = valuesOf(instrument);
    const [statement, values] =
      pin === undefined
        ? [decideAtHome, [...ofTerms, dataset, symbol]]
        : [decidePinned, [...ofTerms, pin, dataset, symbol, pinBefore ?? null]];
    const [row] = await this.#session.execute(statement, values, { kind: 'conditional' });
    return row?.['[applied]'] === true ? undefined : row;
  }

  #copyOf(instrument: StoredInstrument): StatementUnit {
    const { pin } = instrument;
    const values = valuesOf(instrument);
    return pin === undefined
      ? new StatementUnit(this.#session, copy, values, 256)
      : new StatementUnit(this.#session, copyPinned, [...values, pin], 256);
  }

  async #rows(symbol: string, dataset: string | undefined): Promise<readonly Row[]> {
    const rows = await this.#reads.rows('reading instruments', find, [symbol]);
    return rows.filter((row) => dataset === undefined || row['dataset'] === dataset);
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
    ...pinOf(row),
  };
}

function compareUtf8(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
