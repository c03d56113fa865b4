/**
 * Publishers under a fault. In: addresses of ingest, a seed, a rate. Out: trades with rising times, published by the client
 * library, which sends again what was not acknowledged; which of them were acknowledged, when, and the bars of one second
 * that they make, computed in the simplest way there is.
 */
import { connectPublisher, type Publisher, type PublishRejection } from '@tapeline/client';
import { Random } from '@tapeline/simulation';
import { pause } from './until.ts';

/** One published trade; price in cents. */
export type LoadTrade = {
  readonly publisherId: bigint;
  readonly sequence: number;
  readonly symbol: string;
  readonly price: number;
  readonly size: number;
  readonly timeNs: bigint;
};

/** How trades are published. */
export type LoadWish = {
  readonly addresses: readonly string[];
  readonly seed?: number;
  /** 8 where absent. */
  readonly symbols?: readonly string[];
  /** All publishers together; 500 where absent. */
  readonly tradesPerSecond?: number;
  /** 1 where absent. */
  readonly publishers?: number;
  /** How far the time of a trade may lie behind that of one before it, ms; then times do not rise, and the values of bars
   * are those of `open` and `close` by time. 0 where absent. */
  readonly shuffleMs?: number;
};

/** The dataset of every trade. */
export const loadDataset = 'faults';

/** Symbols where nobody names others: enough that each of four partitions has some. */
export const loadSymbols: readonly string[] = ['AAA', 'BBB', 'CCC', 'DDD', 'EEE', 'FFF', 'GGG', 'HHH'];

const stepMs = 20;
const sampleMs = 50;

type Sample = { readonly atMs: number; readonly settled: number };
type Desk = {
  readonly publisher: Publisher;
  readonly trades: LoadTrade[];
  /** How many were settled when it was closed; what it tells afterwards does not count. */
  settledAtClose: number | undefined;
};

/** Trades that are being published. */
export class Load {
  readonly symbols: readonly string[];
  /** Every other trade is of this symbol besides; nobody is where absent. May be set while it runs. */
  hot: string | undefined;
  readonly rejections: PublishRejection[] = [];
  /** Breaks of connections that were told. */
  readonly breaks: { readonly atMs: number; readonly message: string }[] = [];
  readonly #wish: LoadWish;
  readonly #random: Random;
  readonly #desks: Desk[] = [];
  readonly #samples: Sample[] = [];
  readonly #sampler: NodeJS.Timeout;
  #isOver = false;
  #isPaused = false;
  #running: Promise<unknown> = Promise.resolve();
  #lastNs = 0n;

  private constructor(wish: LoadWish) {
    this.#wish = wish;
    this.symbols = wish.symbols ?? loadSymbols;
    this.#random = new Random(wish.seed ?? 1);
    this.#sampler = setInterval(() => this.#sample(), sampleMs);
    this.#sampler.unref();
  }

  /** Connects and begins to publish. */
  static async start(wish: LoadWish): Promise<Load> {
    const load = new Load(wish);
    const { publishers = 1, addresses, tradesPerSecond = 500 } = wish;
    const listener = {
      rejected: (rejection: PublishRejection) => void load.rejections.push(rejection),
      disconnected: ({ error }: { readonly error: Error }) =>
        void load.breaks.push({ atMs: performance.now(), message: error.message }),
    };
    for (let made = 0; made < publishers; made += 1) {
      // Each begins at another ingest.
      const own = [...addresses.slice(made % addresses.length), ...addresses.slice(0, made % addresses.length)];
      const times = { retryFirstMs: 50, retryMaxMs: 500, settleMs: 20_000 };
      const publisher = await connectPublisher({ address: own, dataset: loadDataset, listener, times });
      for (const symbol of load.symbols) publisher.declare({ symbol, priceExponent: -2 });
      load.#desks.push({ publisher, trades: [], settledAtClose: undefined });
    }
    load.#running = Promise.all(load.#desks.map((desk) => load.#publish(desk, tradesPerSecond / publishers)));
    // A failure is told by `end`.
    void Promise.allSettled([load.#running]);
    return load;
  }

  /** Every trade that was taken. */
  get published(): LoadTrade[] {
    return this.#desks.flatMap(({ trades }) => trades);
  }

  /** Those whose settlement was told and that were not rejected; the client settles in order. */
  get acknowledged(): LoadTrade[] {
    const rejected = new Set(this.rejections.map(({ sequence, symbol }) => `${sequence} ${symbol}`));
    return this.#desks
      .flatMap((desk) => desk.trades.slice(0, settledOf(desk)))
      .filter(({ sequence, symbol }) => !rejected.has(`${sequence} ${symbol}`));
  }

  /** How many were acknowledged. */
  get acknowledgedCount(): number {
    return this.#desks.reduce((sum, desk) => sum + settledOf(desk), 0);
  }

  /** The longest time without a newly acknowledged trade since then, ms; with the time that runs. */
  longestSilenceMs(sinceMs = 0): number {
    let [longest, last, settled] = [0, sinceMs, -1];
    for (const sample of [...this.#samples, { atMs: performance.now(), settled: this.acknowledgedCount }]) {
      if (sample.settled > settled) {
        if (sample.atMs >= sinceMs) longest = Math.max(longest, sample.atMs - Math.max(last, sinceMs));
        [last, settled] = [sample.atMs, sample.settled];
      }
    }
    return Math.round(Math.max(longest, this.#isOver ? 0 : performance.now() - Math.max(last, sinceMs)));
  }

  /** Publishes nothing until `resume`. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
  }

  /** Ends the publishing and waits until everything is acknowledged. Rejects if a publisher failed or it takes longer. */
  async end(withinMs = 60_000): Promise<void> {
    this.#isOver = true;
    await this.#running;
    const flushed = Promise.all(this.#desks.map(({ publisher }) => publisher.flushed()));
    const late = pause(withinMs).then(() => {
      throw new Error(
        `${this.published.length - this.acknowledgedCount} trades were not settled within ${withinMs} ms`,
      );
    });
    void Promise.allSettled([late]);
    await Promise.race([flushed, late]);
    await this.abandon();
  }

  /** Ends the publishing with nothing sent again: what was not acknowledged stays so. May be called twice. */
  async abandon(): Promise<void> {
    this.#isOver = true;
    clearInterval(this.#sampler);
    for (const desk of this.#desks) desk.settledAtClose ??= settledOf(desk);
    await Promise.all(this.#desks.map(({ publisher }) => publisher.close(0)));
  }

  async #publish({ publisher, trades }: Desk, perSecond: number): Promise<void> {
    let dueMs = performance.now();
    while (!this.#isOver) {
      const count = Math.max(1, Math.round((perSecond * stepMs) / 1_000));
      for (let place = 0; place < count && !this.#isOver && !this.#isPaused; place += 1) {
        const trade = this.#draw();
        const { symbol, price, size, timeNs: time } = trade;
        const facts = { price: { units: price, exponent: -2 }, size: String(size) };
        const sequence = await publisher.publish({ symbol, time, trade: facts });
        trades.push({ ...trade, publisherId: publisher.publisherId, sequence });
      }
      dueMs = Math.max(dueMs + stepMs, performance.now() - 1_000);
      await pause(Math.max(0, dueMs - performance.now()));
    }
  }

  /** Times are all different, so that bars need no rule for ties. */
  #draw(): Omit<LoadTrade, 'publisherId' | 'sequence'> {
    const { shuffleMs = 0 } = this.#wish;
    const now = BigInt(Date.now()) * 1_000_000n;
    this.#lastNs = now > this.#lastNs ? now : this.#lastNs + 1n;
    const back = shuffleMs === 0 ? 0n : BigInt(this.#random.int(0, shuffleMs)) * 1_000_000n;
    const hot = this.hot === undefined || this.#random.int(0, 1) === 0 ? undefined : this.hot;
    return {
      symbol: hot ?? this.#random.choice(this.symbols),
      price: this.#random.int(9_000, 11_000),
      size: this.#random.int(1, 500),
      timeNs: this.#lastNs - back,
    };
  }

  #sample(): void {
    const settled = this.acknowledgedCount;
    if (settled !== this.#samples.at(-1)?.settled) this.#samples.push({ atMs: performance.now(), settled });
  }
}

function settledOf({ publisher, trades, settledAtClose }: Desk): number {
  return settledAtClose ?? Math.max(0, trades.length - publisher.unsettledTicks);
}

/** What of a bar of one second follows from its trades alone; prices in cents. */
export type OwnBar = {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly trades: number;
};

/** Bars of one second by `symbol startSec`. */
export function ownBars(trades: readonly LoadTrade[]): Map<string, OwnBar> {
  const bars = new Map<string, OwnBar>();
  const inOrder = trades.toSorted((left, right) => (left.timeNs < right.timeNs ? -1 : 1));
  for (const { symbol, timeNs, price, size } of inOrder) {
    const key = `${symbol} ${timeNs / 1_000_000_000n}`;
    const bar = bars.get(key) ?? { open: price, high: price, low: price, close: price, volume: 0, trades: 0 };
    bars.set(key, {
      open: bar.open,
      high: Math.max(bar.high, price),
      low: Math.min(bar.low, price),
      close: price,
      volume: bar.volume + size,
      trades: bar.trades + 1,
    });
  }
  return bars;
}
