/**
 * A server for trying the page, in the form of the real one: the built page, bars, the stream, the report. In: a made-up
 * market. Out: HTTP; and on purpose cuts, silence, refusals, tokens that expire and late trades.
 */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { FixturePlacement } from './fixture-placement.ts';
import { type FixtureBar, fixtureInstruments, FixtureTape, rfc3339, seededRandom } from './fixture-market.ts';

/** How the server is. */
export type FixtureConfig = {
  /** The folder of the built page. */
  readonly root: string;
  /** Port, 0 = a free one. */
  readonly port: number;
  readonly instruments: number;
  /** Trades a second over all instruments. */
  readonly tradesPerSecond: number;
  /** Time with which the market begins, Unix seconds; its clock runs from there. */
  readonly startSec: number;
  readonly heartbeatMs: number;
};

/** A page's policy as the real server sends it. */
export const contentPolicy = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

type Follower = {
  readonly response: ServerResponse;
  readonly symbols: ReadonlySet<string> | undefined;
  readonly interval: string;
  readonly profile: string;
};

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The server and its switches. */
export class FixtureServer {
  /** How often streams were asked for, and how many of those with a token. */
  readonly asked = { streams: 0, resumed: 0 };
  isStalled = false;
  isRefusing = false;
  readonly placement: FixturePlacement = new FixturePlacement();
  readonly #config: FixtureConfig;
  readonly #server: Server;
  readonly #random = seededRandom(7);
  readonly #tapes: FixtureTape[] = [];
  readonly #followers = new Set<Follower>();
  /** Closed and revised changes by number: which tape, at which second. */
  readonly #changes: { readonly symbol: string; readonly sec: number }[] = [];
  readonly #startedMs = Date.now();
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  #lowestToken = 0;
  #gaps = 0;

  constructor(config: FixtureConfig) {
    this.#config = config;
    fixtureInstruments(config.instruments).forEach((instrument, index) => {
      // A few have a long history, the many a short one: five thousand are made in a second.
      this.#tapes.push(new FixtureTape(instrument, index + 1, config.startSec, index < 40 ? 10_800 : 30));
    });
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        response.statusCode = 500;
        response.end(JSON.stringify({ reason: 'INTERNAL', message: String(error) }));
      });
    });
  }

  /** Listens on the port; resolves with the address. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#server.listen(this.#config.port, '127.0.0.1', resolve);
    });
    this.#timers.push(
      setInterval(() => this.#trade(), 100),
      setInterval(() => this.#heartbeat(), this.#config.heartbeatMs),
    );
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  /** Cuts every stream, in the middle of whatever it sends. */
  cut(): void {
    for (const { response } of this.#followers) response.destroy();
    this.#followers.clear();
  }

  /** Every token that was given out is refused from now on. */
  expireTokens(): void {
    this.#lowestToken = this.#changes.length + 1;
    this.#changes.push({ symbol: '', sec: 0 });
  }

  /** A late trade: revises bars of that symbol. The second that it fell into. */
  amend(symbol: string, secondsAgo: number): number {
    const tape = this.#tapes.find(({ instrument }) => instrument.symbol === symbol);
    const sec = tape?.amend(secondsAgo);
    if (tape === undefined || sec === undefined) throw new Error(`${symbol} has no trade ${secondsAgo} s ago`);
    this.#change(tape, sec);
    return sec;
  }

  /** The feed reports one more gap. */
  gap(): void {
    this.#gaps += 1;
  }

  /** Bars of an instrument as they stand, for comparing with what the page shows. */
  bars(symbol: string, interval: string): FixtureBar[] {
    const tape = this.#tapes.find(({ instrument }) => instrument.symbol === symbol);
    return tape?.bars(interval, 'all', 0, Number.MAX_SAFE_INTEGER, true) ?? [];
  }

  #nowSec(): number {
    return this.#config.startSec + Math.floor((Date.now() - this.#startedMs) / 1_000);
  }

  #trade(): void {
    const nowSec = this.#nowSec();
    const moved = new Set<FixtureTape>();
    for (let trade = 0; trade < this.#config.tradesPerSecond / 10; trade += 1) {
      const tape = this.#tapes[Math.floor(this.#random() ** 1.2 * this.#tapes.length)];
      if (tape === undefined) continue;
      tape.moveTo(nowSec);
      tape.trade();
      moved.add(tape);
    }
    for (const tape of moved) this.#change(tape, nowSec);
    // What closed in this second: the second before, whether it traded since or not.
    for (const tape of this.#tapes) {
      tape.moveTo(nowSec);
      if (!moved.has(tape) && this.#followed(tape)) this.#change(tape, nowSec - 1);
    }
  }

  #followed({ instrument }: FixtureTape): boolean {
    return [...this.#followers].some(({ symbols }) => symbols?.has(instrument.symbol) === true);
  }

  /** Sends the bars around a second of a tape to whoever follows it. */
  #change(tape: FixtureTape, sec: number): void {
    const { symbol } = tape.instrument;
    this.#changes.push({ symbol, sec });
    for (const follower of this.#followers) {
      if (follower.symbols?.has(symbol) === false) continue;
      const bars = this.#barsAround(tape, follower, sec);
      if (bars.length > 0) this.#send(follower, 'bars', { bars });
    }
  }

  /** The bar at that second and the one before it, which may have closed by it. */
  #barsAround(tape: FixtureTape, { interval, profile }: Follower, sec: number): FixtureBar[] {
    const length = interval === '1d' ? 86_400 : interval === '1s' ? 1 : 900;
    return tape.bars(interval, profile, sec - 2 * length, sec + 1, true).slice(-2);
  }

  #heartbeat(): void {
    const at = rfc3339(this.#nowSec());
    for (const follower of this.#followers) {
      this.#send(follower, 'heartbeat', { watermark: at, now: at }, String(this.#changes.length));
    }
  }

  #send({ response }: Follower, name: string, data: unknown, id?: string): void {
    if (this.isStalled) return;
    response.write(`event: ${name}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const address = new URL(request.url ?? '/', 'http://page');
    const bars = /^\/v1\/instruments\/([^/]+)\/bars$/.exec(address.pathname);
    if (address.pathname === '/v1/stream') this.#stream(request, response, address.searchParams);
    else if (this.isRefusing && address.pathname.startsWith('/v1/')) response.writeHead(503).end();
    else if (address.pathname === '/v1/status') answerJson(response, this.#status());
    else if (address.pathname === '/v1/placement') this.#placement(response, address.searchParams);
    else if (address.pathname === '/v1/instruments') answerJson(response, this.#instruments());
    else if (bars !== null) this.#page(response, decodeURIComponent(bars[1] ?? ''), address.searchParams);
    else await this.#file(response, address.pathname);
  }

  #stream(request: IncomingMessage, response: ServerResponse, query: URLSearchParams): void {
    this.asked.streams += 1;
    if (this.isRefusing) {
      answerJson(response, { reason: 'SHUTTING_DOWN', message: 'the server is shutting down' }, 503);
      return;
    }
    const token = request.headers['last-event-id'];
    if (typeof token === 'string') {
      this.asked.resumed += 1;
      if (Number(token) < this.#lowestToken) {
        const message = 'the resume token is older than what is retained; ask again without it';
        answerJson(response, { reason: 'RESUME_TOKEN_EXPIRED', message }, 400);
        return;
      }
    }
    const names = query.get('symbols') ?? '*';
    const symbols =
      names === '*'
        ? undefined
        : new Set(names.split(',').map((name) => decodeURIComponent(name.slice(name.indexOf('/') + 1))));
    const follower: Follower = {
      response,
      symbols,
      interval: query.get('intervals') ?? '1m',
      profile: query.get('profile') ?? 'all',
    };
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.on('close', () => this.#followers.delete(follower));
    this.#catchUp(follower, typeof token === 'string' ? Number(token) : undefined);
    this.#send(follower, 'snapshot_end', {}, String(this.#changes.length));
    this.#followers.add(follower);
  }

  /** The snapshot, or what was missed since a token. */
  #catchUp(follower: Follower, token: number | undefined): void {
    const isWanted = (symbol: string): boolean => follower.symbols?.has(symbol) !== false;
    if (token === undefined) {
      const tapes = this.#tapes.filter(({ instrument }) => isWanted(instrument.symbol));
      const bars = tapes.flatMap((tape) => this.#barsAround(tape, follower, this.#nowSec()));
      for (let from = 0; from < bars.length; from += 1_000) {
        this.#send(follower, 'bars', { bars: bars.slice(from, from + 1_000) });
      }
      return;
    }
    for (const { symbol, sec } of this.#changes.slice(token)) {
      const tape = this.#tapes.find(({ instrument }) => instrument.symbol === symbol);
      if (tape !== undefined && isWanted(symbol)) {
        this.#send(follower, 'bars', { bars: this.#barsAround(tape, follower, sec) });
      }
    }
  }

  #page(response: ServerResponse, symbol: string, query: URLSearchParams): void {
    const dataset = query.get('dataset');
    const tape = this.#tapes.find(({ instrument }) => instrument.symbol === symbol && instrument.dataset === dataset);
    if (tape === undefined) {
      answerJson(response, { reason: 'INSTRUMENT_UNKNOWN', message: `there is no instrument ${symbol}` }, 404);
      return;
    }
    const end = query.get('end');
    const endSec = end === null ? Number.MAX_SAFE_INTEGER : Date.parse(end) / 1_000;
    const size = Number(query.get('page_size') ?? 1_000);
    const withForming = query.get('include_forming') === 'true';
    const bars = tape.bars(query.get('interval') ?? '1m', query.get('profile') ?? 'all', 0, endSec, withForming);
    const page = bars.slice(-size).toReversed();
    answerJson(response, { bars: page, nextPageToken: bars.length > size ? 'more' : '' });
  }

  #placement(response: ServerResponse, query: URLSearchParams): void {
    const symbol = query.get('symbol') ?? '';
    const place = symbol === '' ? undefined : this.placement.instrument(symbol);
    if (symbol === '' || place !== undefined) answerJson(response, this.placement.json(place));
    else
      answerJson(
        response,
        { error: { code: 'INSTRUMENT_UNKNOWN', message: `no instrument "${symbol}" is known` } },
        404,
      );
  }

  #instruments(): unknown {
    return {
      instruments: this.#tapes.map(({ instrument: { dataset, symbol } }) => ({ dataset, symbol })),
      nextPageToken: '',
    };
  }

  #status(): unknown {
    const seconds = (Date.now() - this.#startedMs) / 1_000;
    const feed = { name: 'simulator', state: 'live', detail: `${this.#tapes.length} instruments, seed 1` };
    const ticks = Math.round(seconds * this.#config.tradesPerSecond);
    return {
      version: '0.1.0',
      startedAt: new Date(this.#startedMs).toISOString(),
      dataDir: 'tapeline-data',
      limits: ['One machine: the log and the store are files in one folder.', 'At most 65,536 instruments.'],
      ticksPerSecond: this.#config.tradesPerSecond,
      ticksTotal: ticks,
      barsTotal: Math.round(ticks * 1.4),
      lagMs: 8 + Math.round(this.#random() * 9),
      feeds: [{ ...feed, ticks, gaps: this.#gaps, refused: 0 }],
      partitions: [0, 1].map((partition) => ({
        partition,
        clock: rfc3339(this.#nowSec()),
        nextOffset: Math.round(ticks / 40),
        endOffset: Math.round(ticks / 40),
        lagMs: 6,
      })),
    };
  }

  async #file(response: ServerResponse, name: string): Promise<void> {
    const file = path.join(this.#config.root, path.normalize(name === '/' ? '/index.html' : name));
    const type = types[path.extname(file)];
    if (type === undefined || !file.startsWith(this.#config.root)) {
      response.writeHead(404).end();
      return;
    }
    const bytes = await readFile(file);
    response.writeHead(200, { 'content-type': type, 'content-security-policy': contentPolicy }).end(bytes);
  }
}

function answerJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
