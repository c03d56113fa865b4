/**
 * Whether a market works from end to end. In: a way to publish, a way to read bars. Out: the bar of five known trades, read back,
 * or `MarketCheckError` with what differs. Law 6: every number has to be the same to the digit. It waits for one bar at
 * most `waitMs`, and its trades are an instrument's of its own, so that nobody's bars change.
 */
import type { BarJson } from '@tapeline/domain';
import type { Clock } from '@tapeline/runtime';

/** Where its trades are: nobody else publishes there. */
export const checkDataset = 'tapeline-check';

/** Their instrument. */
export const checkSymbol = 'CHECK';

/** One trade. */
export type CheckTrade = { readonly time: Date; readonly price: string; readonly size: string };

/** What the check needs of a market. */
export type CheckedMarket = {
  /** Resolves when all are durable; rejects if one was refused. */
  publish(trades: readonly CheckTrade[]): Promise<void>;
  /** The bar of the instrument that starts at `start`, if there is one, in its newest revision. */
  readBar(interval: string, start: Date): Promise<BarJson | undefined>;
};

/** How it is checked. */
export type MarketCheck = {
  readonly market: CheckedMarket;
  /** Such as `1s`. */
  readonly interval: string;
  readonly intervalMs: number;
  /** How long to wait for the bar after its trades are durable, ms. */
  readonly waitMs: number;
  readonly clock: Clock;
  readonly stop: AbortSignal;
};

/** What is not as it has to be, in one sentence. */
export class MarketCheckError extends Error {
  override name = 'MarketCheckError';
}

const lookMs = 250;
/** Checks of one market within so many bars at most. */
const checksMax = 16;
/** Prices and sizes in the order of time. */
const trades: readonly (readonly [string, string])[] = [
  ['100.25', '300'],
  ['101.5', '100'],
  ['99.75', '250'],
  ['100', '50'],
  ['100.5', '200'],
];
const expected = {
  open: '100.25',
  high: '101.5',
  low: '99.75',
  close: '100.5',
  volume: '900',
  vwap: '100.291666667',
  trades: trades.length,
} as const;

/** Publishes the trades and reads their bar back. Rejects with `MarketCheckError`, or as the market does. */
export async function checkMarket(check: MarketCheck): Promise<BarJson> {
  const { market, interval, intervalMs, waitMs, clock, stop } = check;
  const startMs = await quietStart(check);
  const start = new Date(startMs);
  const step = intervalMs / (trades.length + 1);
  await market.publish(
    trades.map(([price, size], index) => ({ time: new Date(startMs + Math.floor(step * (index + 1))), price, size })),
  );
  const begunMs = clock.monotonicMs();
  let seen: BarJson | undefined;
  while (clock.monotonicMs() - begunMs < waitMs && !stop.aborted) {
    seen = await market.readBar(interval, start);
    // Trades that came late make a bar that closed before them; its next revision has them all.
    if (seen !== undefined && seen.state !== 'forming' && differences(seen).length === 0) return seen;
    await clock.sleep(lookMs, stop);
  }
  const place = `the ${interval} bar of ${checkDataset}/${checkSymbol} at ${start.toISOString()}`;
  throw new MarketCheckError(
    `${place} ${shortcoming(seen)} ${waitMs / 1_000} s after its trades were acknowledged; look at the workers, which make bars`,
  );
}

function shortcoming(bar: BarJson | undefined): string {
  if (bar === undefined) return 'is not there';
  const facts = differences(bar);
  return facts.length === 0
    ? `is still ${bar.state}`
    : `is ${bar.state} and another than its trades make (${facts.join(', ')})`;
}

/** The start of the last whole interval in which no check has trades. */
async function quietStart({ market, interval, intervalMs, clock }: MarketCheck): Promise<number> {
  const lastMs = Math.floor(clock.nowMs() / intervalMs) * intervalMs - intervalMs;
  for (let back = 0; back < checksMax; back += 1) {
    const startMs = lastMs - back * intervalMs;
    if ((await market.readBar(interval, new Date(startMs))) === undefined) return startMs;
  }
  throw new MarketCheckError(
    `the last ${checksMax} bars of ${interval} have trades of other checks of this market; start this one again later`,
  );
}

function differences(bar: BarJson): readonly string[] {
  return Object.entries(expected)
    .filter(([name, value]) => bar[name as keyof typeof expected] !== value)
    .map(([name, value]) => `${name} is ${bar[name as keyof typeof expected]} and not ${value}`);
}
