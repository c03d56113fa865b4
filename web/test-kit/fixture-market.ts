/**
 * A made-up market for trying the page. In: a seed, instruments, a clock that whoever uses it moves. Out: bars as the
 * server writes them: forming, closed, revised. It has the form of the real thing, none of its rules.
 */

/** A bar in the server's JSON. */
export type FixtureBar = Readonly<Record<string, string | number | null>>;

/** Seconds of each interval. */
export const secondsOf: Readonly<Record<string, number>> = {
  '1s': 1,
  '5s': 5,
  '1m': 60,
  '5m': 300,
  '15m': 900,
  '1h': 3_600,
  '1d': 86_400,
};

type Second = {
  readonly sec: number;
  readonly open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  trades: number;
  /** Events after the closing. */
  amends: number;
};

/** A number in [0, 1) from a seed; the same seed gives the same numbers. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What an instrument of the market is like. */
export type FixtureInstrument = {
  readonly dataset: string;
  readonly symbol: string;
  /** First price, in units of 10^-decimals. */
  readonly price: number;
  readonly decimals: number;
};

/** One instrument: its seconds, the newest still forming. */
export class FixtureTape {
  readonly instrument: FixtureInstrument;
  readonly #random: () => number;
  readonly #seconds: Second[] = [];
  #price: number;
  #nowSec: number;

  /** Makes the history of `historySec` seconds before `nowSec` at once. */
  constructor(instrument: FixtureInstrument, seed: number, nowSec: number, historySec: number) {
    this.instrument = instrument;
    this.#random = seededRandom(seed);
    this.#price = instrument.price;
    this.#nowSec = nowSec - historySec;
    for (let sec = nowSec - historySec; sec < nowSec; sec += 1) {
      this.#nowSec = sec;
      // Not every second has a trade, and some have many.
      const trades = this.#random() < 0.25 ? 0 : 1 + Math.floor(this.#random() ** 3 * 9);
      for (let trade = 0; trade < trades; trade += 1) this.trade();
    }
    this.#nowSec = nowSec;
  }

  /** Moves to a second; those before it are closed. */
  moveTo(nowSec: number): void {
    this.#nowSec = Math.max(this.#nowSec, nowSec);
  }

  /** One trade now, at a price near the last one. */
  trade(): void {
    const step = Math.max(1, Math.round(this.instrument.price * 0.00018));
    this.#price = Math.max(1, this.#price + Math.round((this.#random() + this.#random() - 1) * step * 1.6));
    const size = 1 + Math.floor(this.#random() ** 4 * 600);
    const last = this.#seconds.at(-1);
    if (last === undefined || last.sec !== this.#nowSec) {
      const price = this.#price;
      this.#seconds.push({
        sec: this.#nowSec,
        open: price,
        high: price,
        low: price,
        close: price,
        volume: size,
        trades: 1,
        amends: 0,
      });
      return;
    }
    last.high = Math.max(last.high, this.#price);
    last.low = Math.min(last.low, this.#price);
    last.close = this.#price;
    last.volume += size;
    last.trades += 1;
  }

  /** A late trade in a closed second, far enough off to be seen; the second, or undefined where there is none. */
  amend(secondsAgo: number): number | undefined {
    const second = this.#seconds.findLast(({ sec }) => sec <= this.#nowSec - secondsAgo);
    if (second === undefined) return undefined;
    second.high = Math.round(second.high * 1.0015);
    second.volume += 5_000;
    second.trades += 1;
    second.amends += 1;
    return second.sec;
  }

  /** Bars of an interval that start in [fromSec, endSec), the earliest first; forming ones only if asked for. */
  bars(interval: string, profile: string, fromSec: number, endSec: number, withForming: boolean): FixtureBar[] {
    const length = secondsOf[interval] ?? 60;
    const bars: FixtureBar[] = [];
    let group: Second[] = [];
    const flush = (): void => {
      const bar = group[0] === undefined ? undefined : this.#bar(interval, profile, length, group);
      if (bar !== undefined && (withForming || bar['state'] !== 'forming')) bars.push(bar);
      group = [];
    };
    for (const second of this.#secondsFrom(Math.floor(fromSec / length) * length)) {
      const start = Math.floor(second.sec / length) * length;
      if (start < fromSec) continue;
      if (start >= endSec) break;
      if (group[0] !== undefined && Math.floor(group[0].sec / length) * length !== start) flush();
      group.push(second);
    }
    flush();
    return bars;
  }

  #secondsFrom(fromSec: number): readonly Second[] {
    let [low, high] = [0, this.#seconds.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#seconds[middle]?.sec ?? 0) < fromSec) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? this.#seconds : this.#seconds.slice(low);
  }

  #bar(interval: string, profile: string, length: number, group: readonly Second[]): FixtureBar {
    const { dataset, symbol, decimals } = this.instrument;
    const start = Math.floor((group[0]?.sec ?? 0) / length) * length;
    const isClosed = start + length <= this.#nowSec;
    const sum = (of: (second: Second) => number): number => group.reduce((all, second) => all + of(second), 0);
    const amends = sum(({ amends: events }) => events);
    const price = (units: number): string => (units / 10 ** decimals).toFixed(decimals);
    const trades = sum((second) => second.trades);
    return {
      dataset,
      symbol,
      interval,
      start: rfc3339(start),
      end: rfc3339(start + length),
      open: price(group[0]?.open ?? 0),
      high: price(Math.max(...group.map(({ high }) => high))),
      low: price(Math.min(...group.map(({ low }) => low))),
      close: price(group.at(-1)?.close ?? 0),
      volume: String(sum(({ volume }) => volume)),
      vwap: price(sum(({ close, volume }) => close * volume) / sum(({ volume }) => volume)),
      trades,
      revision: trades + (isClosed ? 1 : 0),
      state: !isClosed ? 'forming' : amends > 0 ? 'revised' : 'closed',
      profile,
    };
  }
}

/** A whole second as the server writes it. */
export function rfc3339(sec: number): string {
  return `${new Date(sec * 1_000).toISOString().slice(0, 19)}Z`;
}

const names: readonly (readonly [string, number])[] = [
  ['AAPL', 22_418],
  ['AMD', 16_230],
  ['AMZN', 18_655],
  ['AVGO', 17_142],
  ['BA', 18_211],
  ['BAC', 3_974],
  ['COST', 88_120],
  ['CRM', 25_660],
  ['CVX', 15_022],
  ['DIS', 9_548],
  ['GOOG', 17_820],
  ['HD', 36_410],
  ['IBM', 19_933],
  ['INTC', 2_145],
  ['JNJ', 16_077],
  ['JPM', 21_440],
  ['KO', 6_811],
  ['LLY', 87_954],
  ['META', 51_225],
  ['MSFT', 41_870],
  ['NFLX', 66_310],
  ['NKE', 8_122],
  ['NVDA', 12_377],
  ['ORCL', 13_950],
  ['PFE', 2_911],
  ['PG', 17_244],
  ['QQQ', 47_905],
  ['SPY', 56_240],
  ['TSLA', 24_960],
  ['UNH', 57_731],
  ['V', 27_118],
  ['WMT', 7_433],
  ['XOM', 11_822],
];

/** Instruments of two datasets; beyond those with names, as many numbered ones as asked for. */
export function fixtureInstruments(count: number): FixtureInstrument[] {
  const named: FixtureInstrument[] = [
    { dataset: 'crypto', symbol: 'BTCUSDT', price: 6_431_255, decimals: 2 },
    { dataset: 'crypto', symbol: 'DOGEUSDT', price: 1_204_700, decimals: 7 },
    ...names.map(([symbol, price]) => ({ dataset: 'us-equities', symbol, price, decimals: 2 })),
  ];
  const numbered = Array.from({ length: Math.max(0, count - named.length) }, (_, index) => ({
    dataset: 'us-equities',
    symbol: `Z${String(index).padStart(4, '0')}`,
    price: 1_000 + index,
    decimals: 2,
  }));
  return [...named, ...numbered].slice(0, count);
}
