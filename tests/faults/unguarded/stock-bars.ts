/**
 * Rows of bars as one writes them with the stock driver. In: bars, and what is left out: their own write timestamps, a bound
 * of batches, columns. Out: rows in the same tables, without our writer.
 */
import { type Bar, StoreError } from '@tapeline/domain';
import { Client, types } from 'cassandra-driver';

/** How rows are written. */
export type StockBarsWish = {
  /** `wall`: when they are sent. `bar`: as the store does it. */
  readonly timestamps: 'bar' | 'wall';
  /** `those-there`: a column that the table lacks is left out. */
  readonly columns: 'all' | 'those-there';
  /** ms; how long the driver waits for an answer. */
  readonly answerWithinMs?: number;
};

const dayMs = 86_400_000;
const atOnce = 32;
const revisionEnd = 68_719_476_736;

/** Writes bars of intervals below 30 s, whose buckets are days. */
export class StockBars {
  readonly #client: Client;
  readonly #keyspace: string;
  readonly #wish: StockBarsWish;
  readonly #listed = new Set<string>();
  #lastUs = 0;

  /** Takes nodes and keyspace from the process's own options. */
  constructor(wish: StockBarsWish) {
    this.#wish = wish;
    this.#keyspace = optionOf('keyspace');
    const contactPoints = optionOf('cassandra').split(',');
    this.#client = new Client({
      contactPoints,
      localDataCenter: optionOf('cassandra-dc'),
      protocolOptions: { port: Number(contactPoints[0]?.split(':')[1]), maxVersion: 4 },
      encoding: { useBigIntAsLong: true, useBigIntAsVarint: true },
      socketOptions: { readTimeout: wish.answerWithinMs ?? 5_000 },
    });
  }

  /** One statement each, so many at once. Rejects with STORE_UNAVAILABLE, whatever the reason. */
  async write(bars: readonly Bar[]): Promise<void> {
    await this.#run(async () => {
      const columns = await this.#columns();
      for (let at = 0; at < bars.length; at += atOnce) {
        await Promise.all(bars.slice(at, at + atOnce).map((bar) => this.#writeOne(bar, columns)));
      }
    });
  }

  /** All rows of a partition of Cassandra in one batch, however many. */
  async writeInOneBatch(bars: readonly Bar[]): Promise<void> {
    await this.#run(async () => {
      const columns = await this.#columns();
      const batches = new Map<string, { readonly query: string; readonly params: unknown[] }[]>();
      for (const bar of bars) {
        const params = this.#valuesOf(bar, columns);
        const key = params.slice(0, 5).join(' ');
        batches.set(key, [...(batches.get(key) ?? []), { query: this.#insert(columns), params }]);
      }
      for (const batch of batches.values()) {
        await this.#list(batch[0]?.params ?? []);
        await this.#client.batch(batch, { prepare: true, logged: false });
      }
    });
  }

  async #writeOne(bar: Bar, columns: readonly string[]): Promise<void> {
    const values = this.#valuesOf(bar, columns);
    await this.#list(values);
    await this.#client.execute(this.#insert(columns), values, { prepare: true });
  }

  /** Readers look only into buckets that are listed. */
  async #list(values: readonly unknown[]): Promise<void> {
    const key = values.slice(0, 5);
    if (this.#listed.has(key.join(' '))) return;
    const names = 'dataset, symbol, profile, interval, bucket';
    const insert = `INSERT INTO ${this.#keyspace}.bar_buckets (${names}) VALUES (?, ?, ?, ?, ?) USING TIMESTAMP 1`;
    await this.#client.execute(insert, key, { prepare: true });
    this.#listed.add(key.join(' '));
  }

  #insert(columns: readonly string[]): string {
    const marks = columns.map(() => '?').join(', ');
    return `INSERT INTO ${this.#keyspace}.bars (${columns.join(', ')}) VALUES (${marks}) USING TIMESTAMP ?`;
  }

  async #columns(): Promise<readonly string[]> {
    const all = Object.keys(columnsOf(undefined));
    if (this.#wish.columns === 'all') return all;
    const query = 'SELECT column_name FROM system_schema.columns WHERE keyspace_name = ? AND table_name = ?';
    const { rows } = await this.#client.execute(query, [this.#keyspace, 'bars'], { prepare: true });
    const there = new Set(rows.map((row) => row.get('column_name') as string));
    return all.filter((name) => there.has(name));
  }

  #valuesOf(bar: Bar, columns: readonly string[]): unknown[] {
    const values = columnsOf(bar);
    return [...columns.map((name) => values[name]), this.#timestampOf(bar)];
  }

  #timestampOf({ startSec, foldVersion, revision }: Bar): bigint {
    if (this.#wish.timestamps === 'bar') return BigInt(startSec * 1_000_000 + foldVersion * revisionEnd + revision);
    this.#lastUs = Math.max(this.#lastUs + 1, Date.now() * 1_000);
    return BigInt(this.#lastUs);
  }

  async #run(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw new StoreError('STORE_UNAVAILABLE', `stock write: ${String(error)}`, { cause: error });
    }
  }
}

/** The values of all columns by name, in the order of the key first. */
function columnsOf(bar: Bar | undefined): Readonly<Record<string, unknown>> {
  const start = new Date((bar?.startSec ?? 0) * 1_000);
  const { partition, epoch, offset } = bar?.position ?? { partition: 0, epoch: 0, offset: 0 };
  return {
    dataset: bar?.dataset,
    symbol: bar?.symbol,
    profile: bar?.profile,
    interval: bar?.interval,
    bucket: Number(start.toISOString().slice(0, 10).replaceAll('-', '')),
    start,
    ends: new Date((bar?.endSec ?? 0) * 1_000),
    trading_date: types.LocalDate.fromDate(new Date((bar?.tradingDate ?? 0) * dayMs)),
    session: bar?.session,
    open: priceOf(bar?.open),
    high: priceOf(bar?.high),
    low: priceOf(bar?.low),
    close: priceOf(bar?.close),
    volume: bar?.volume,
    notional: bar?.notional,
    trades: BigInt(bar?.trades ?? 0),
    state: bar?.state,
    log_position: new types.Tuple(partition, BigInt(epoch), BigInt(offset)),
    price_exponent: bar?.priceExponent,
    size_exponent: bar?.sizeExponent,
    fold_version: bar?.foldVersion,
    revision: BigInt(bar?.revision ?? 0),
  };
}

function priceOf(price: number | null | undefined): bigint | null {
  return price === null || price === undefined ? null : BigInt(price);
}

function optionOf(name: string): string {
  const value = process.argv[process.argv.indexOf(`--${name}`) + 1];
  if (value === undefined || !process.argv.includes(`--${name}`)) throw new Error(`the process has no --${name}`);
  return value;
}
