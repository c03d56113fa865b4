/**
 * The yardstick of the whole market: what one would write in an afternoon for one machine. In: batches of ticks as JSON
 * over a WebSocket. Out: a row a tick and a row a bar in SQLite, an answer for each batch once it is on the disk. It has
 * no identity, no repeats, no late or corrected ticks, no conditions, no exact sums, no restart, no readers and no index;
 * it is a process of its own, and nothing else uses it.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { WebSocketServer } from 'ws';
import type { PlainBar, PlainTick } from './baseline-fold.ts';

/** What a client sends: ticks, or the end, at which the last bars are written. */
export type PlainRequest = { readonly ticks: readonly PlainTick[] } | { readonly end: true };

/** What it is told: that a batch is on the disk, or, after the end, what there is. */
export type PlainAnswer =
  | { readonly stored: number }
  | { readonly ticks: number; readonly bars: number; readonly trades: number; readonly cpuSeconds: number };

/** The intervals that a market makes unless told otherwise, ms. */
const intervalsMs = [1_000, 5_000, 60_000, 300_000, 900_000, 3_600_000, 86_400_000];

class PlainMarket {
  readonly #database: DatabaseSync;
  readonly #tick: StatementSync;
  readonly #bar: StatementSync;
  readonly #open = intervalsMs.map(() => new Map<string, PlainBar>());
  #ticks = 0;

  constructor(file: string) {
    this.#database = new DatabaseSync(file);
    this.#database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
      CREATE TABLE ticks (symbol TEXT, event_ms REAL, price REAL, size REAL, venue TEXT, conditions TEXT, sequence REAL);
      CREATE TABLE bars (symbol TEXT, interval_ms REAL, start_ms REAL, open REAL, high REAL, low REAL, close REAL,
        volume REAL, notional REAL, trades REAL, PRIMARY KEY (symbol, interval_ms, start_ms)) WITHOUT ROWID;`);
    this.#tick = this.#database.prepare('INSERT INTO ticks VALUES (?, ?, ?, ?, ?, ?, ?)');
    this.#bar = this.#database.prepare('INSERT OR REPLACE INTO bars VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  }

  /** One transaction, as durable as an acknowledged tick of ours. */
  take(request: PlainRequest): PlainAnswer {
    this.#database.exec('BEGIN');
    if ('end' in request) this.#closeAll();
    else for (const tick of request.ticks) this.#count(tick);
    this.#database.exec('COMMIT');
    return 'end' in request ? this.#summary() : { stored: request.ticks.length };
  }

  #count(tick: PlainTick): void {
    const { symbol, eventMs, price, size, venue, conditions, sequence } = tick;
    this.#tick.run(symbol, eventMs, price, size, venue, conditions.join(' '), sequence);
    this.#ticks += 1;
    for (const [index, intervalMs] of intervalsMs.entries()) this.#fold(index, intervalMs, tick);
  }

  #fold(index: number, intervalMs: number, { symbol, eventMs, price, size }: PlainTick): void {
    const open = this.#open[index] as Map<string, PlainBar>;
    const startMs = Math.floor(eventMs / intervalMs) * intervalMs;
    const bar = open.get(symbol);
    if (bar !== undefined && bar.startMs === startMs) {
      bar.high = Math.max(bar.high, price);
      bar.low = Math.min(bar.low, price);
      bar.close = price;
      bar.volume += size;
      bar.notional += price * size;
      bar.trades += 1;
      return;
    }
    if (bar !== undefined) this.#write(intervalMs, bar);
    const [high, low, close, volume, notional, trades] = [price, price, price, size, price * size, 1];
    open.set(symbol, { symbol, startMs, open: price, high, low, close, volume, notional, trades });
  }

  #write(intervalMs: number, bar: PlainBar): void {
    const { symbol, startMs, open, high, low, close, volume, notional, trades } = bar;
    this.#bar.run(symbol, intervalMs, startMs, open, high, low, close, volume, notional, trades);
  }

  #closeAll(): void {
    for (const [index, intervalMs] of intervalsMs.entries()) {
      for (const bar of (this.#open[index] as Map<string, PlainBar>).values()) this.#write(intervalMs, bar);
    }
  }

  #summary(): PlainAnswer {
    const { user, system } = process.cpuUsage();
    const sums = 'SELECT count(*) AS bars, sum(trades) FILTER (WHERE interval_ms = 1000) AS trades FROM bars';
    const { bars, trades } = this.#database.prepare(sums).get() ?? {};
    return { ticks: this.#ticks, bars: Number(bars), trades: Number(trades), cpuSeconds: (user + system) / 1e6 };
  }
}

const [, , file = ''] = process.argv;
const market = new PlainMarket(file);
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
server.on('listening', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') process.stdout.write(`${address.port}\n`);
});
server.on('connection', (socket) => {
  socket.on('message', (text) => {
    const bytes = text as Buffer;
    socket.send(JSON.stringify(market.take(JSON.parse(bytes.toString()) as PlainRequest)));
  });
});
process.once('SIGTERM', () => {
  for (const socket of server.clients) socket.terminate();
  server.close();
});
