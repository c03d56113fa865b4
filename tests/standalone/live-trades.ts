/**
 * Trades that happen now, and the bars of one second that they make. In: chance and symbols. Out: trades with rising
 * times, so that the bars need no rule for ties, and their values computed in the simplest way there is.
 */
import type { Random } from '@tapeline/simulation';
import type { PrintedBar } from '../oracle/printed-bars.ts';
import type { HandTrade } from './hand-publisher.ts';

/** What of a bar follows from its trades alone; prices in cents. */
export type BarValues = {
  readonly start: string;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly trades: number;
};

/** Makes `count` trades every `everyMs` ms until `isOver`. */
export async function makeTrades(
  random: Random,
  pace: { readonly symbols: readonly string[]; readonly count: number; readonly everyMs: number },
  isOver: () => boolean,
  take: (trade: HandTrade) => void,
): Promise<void> {
  let ns = 0n;
  while (!isOver()) {
    for (let place = 0; place < pace.count; place += 1) {
      const now = BigInt(Date.now()) * 1_000_000n;
      ns = now > ns ? now : ns + 1n;
      const price = random.int(9_000, 11_000);
      take({ symbol: random.choice(pace.symbols), price, size: random.int(1, 500), eventTimeNs: ns });
    }
    await pause(pace.everyMs);
  }
}

/** Waits. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Bars of one second of one symbol's trades. */
export function expectedBars(trades: readonly HandTrade[]): BarValues[] {
  const bars = new Map<string, BarValues>();
  for (const { eventTimeNs, price, size } of trades) {
    const start = new Date(Number(eventTimeNs / 1_000_000_000n) * 1_000).toISOString().replace('.000Z', 'Z');
    const bar = bars.get(start) ?? { start, open: price, high: price, low: price, close: price, volume: 0, trades: 0 };
    bars.set(start, {
      ...bar,
      high: Math.max(bar.high, price),
      low: Math.min(bar.low, price),
      close: price,
      volume: bar.volume + size,
      trades: bar.trades + 1,
    });
  }
  return [...bars.values()];
}

/** The same of bars that were served. */
export function valuesOf(bars: readonly PrintedBar[]): BarValues[] {
  const cents = (text: string | null): number => Math.round(Number(text) * 100);
  return bars.map(({ start, open, high, low, close, volume, trades }) => ({
    start,
    open: cents(open),
    high: cents(high),
    low: cents(low),
    close: cents(close),
    volume: Number(volume),
    trades,
  }));
}
