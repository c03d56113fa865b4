/**
 * Bars as people get them, JSON with decimal text, compared with SQL's. In: files, and the bars that were printed or
 * served of them. Out: nothing, or a failed expectation that names the bar.
 */
import type { ProfileName } from '@tapeline/domain';
import { expect } from 'vitest';
import { openBarOracle } from './sql/bar-oracle.ts';
import type { OracleBar } from './sql/interval-bars.ts';
import type { PrintedUnits } from './sql/printed-trades.ts';
import type { Market } from './sql/session-segments.ts';

/** A bar of JSON. */
export type PrintedBar = Readonly<
  Record<'symbol' | 'start' | 'end' | 'volume' | 'state' | 'interval' | 'profile', string> &
    Record<'open' | 'high' | 'low' | 'close' | 'vwap', string | null> &
    Record<'trades' | 'revision', number>
>;

type ExpectedBar = { readonly bar: OracleBar; readonly units: PrintedUnits };

/** Expects the printed bars of one interval and profile to be those that SQL makes of the files, each once. */
export async function expectPrinted(
  printed: readonly PrintedBar[],
  paths: readonly string[],
  market: Market,
  interval: string,
  profile: ProfileName,
): Promise<void> {
  const expected = new Map<string, ExpectedBar>();
  for (const path of paths) {
    const oracle = await openBarOracle(path, market);
    const { units } = oracle;
    for (const bar of await oracle.bars(interval, profile))
      expected.set(`${bar.symbol} ${bar.startSec}`, { bar, units });
    oracle.close();
  }
  expect(printed.length).toBe(expected.size);
  for (const bar of printed) {
    const name = `${bar.symbol} ${Date.parse(bar.start) / 1000}`;
    const known = expected.get(name);
    if (known === undefined) throw new RangeError(`${JSON.stringify(bar)} is printed, and SQL has no such bar`);
    expect(factsPrinted(bar), `${interval} ${profile} ${name}`).toEqual(factsExpected(known));
    expect(isAverage(bar, known), `vwap of ${interval} ${profile} ${name}`).toBe(true);
    expect(bar).toMatchObject({ interval, profile });
  }
  expect(new Set(printed.map((bar) => `${bar.symbol} ${bar.start}`)).size).toBe(printed.length);
}

/** Prices and volume in 1e-18. */
type Facts = Readonly<Record<'open' | 'high' | 'low' | 'close', bigint | null>> & {
  readonly endMs: number;
  readonly volume: bigint;
  readonly trades: number;
  readonly revision: number;
  readonly state: string;
};

function factsPrinted(printed: PrintedBar): Facts {
  const price = (text: string | null): bigint | null => (text === null ? null : in1e18(text));
  return {
    endMs: Date.parse(printed.end),
    open: price(printed.open),
    high: price(printed.high),
    low: price(printed.low),
    close: price(printed.close),
    volume: in1e18(printed.volume),
    trades: printed.trades,
    revision: printed.revision,
    state: printed.state,
  };
}

function factsExpected({ bar, units }: ExpectedBar): Facts {
  const price = (value: bigint | null): bigint | null =>
    value === null ? null : raised(value, 18 - units.priceDecimals);
  return {
    endMs: bar.endSec * 1000,
    open: price(bar.open),
    high: price(bar.high),
    low: price(bar.low),
    close: price(bar.close),
    volume: raised(bar.volume, 18 - units.sizeDecimals),
    trades: bar.trades,
    // These files are in order of time: a revision a trade, and one for closing.
    revision: bar.prints + 1,
    state: 'closed',
  };
}

/** Whether the average price is notional by volume, rounded to 9 decimals; without volume there is none. */
function isAverage(printed: PrintedBar, { bar, units }: ExpectedBar): boolean {
  if (printed.vwap === null || bar.volume === 0n) return printed.vwap === null && bar.volume === 0n;
  const volume = raised(bar.volume, 18 - units.sizeDecimals);
  const notional = raised(bar.notional, 36 - units.priceDecimals - units.sizeDecimals);
  const error = in1e18(printed.vwap) * volume - notional;
  return 2n * (error < 0n ? -error : error) <= raised(volume, 9);
}

function in1e18(text: string): bigint {
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(18, '0'));
}

function raised(value: bigint, decimals: number): bigint {
  return value * 10n ** BigInt(decimals);
}
