/**
 * What `tapeline bars` prints, end to end: every line of its NDJSON must say what SQL says of the same file. A made-up
 * recording needs nothing beside the repository; the real ones are a day of IBM, two days in one run, and Binance.
 */
import { join } from 'node:path';
import type { ProfileName } from '@tapeline/domain';
import { expect, test } from 'vitest';
import { written, zipOf } from '../../packages/adapters/recordings/test-kit/recording-files.ts';
import { tapeline } from '../cli/tapeline-process.ts';
import { leanDay } from './generated-lean-day.ts';
import { isReferenceDataMissing, leanTrades, newYorkCalendar, referenceData } from './reference-folder.ts';
import { openBarOracle } from './sql/bar-oracle.ts';
import type { OracleBar } from './sql/interval-bars.ts';
import type { PrintedUnits } from './sql/printed-trades.ts';
import type { Market } from './sql/session-segments.ts';

const newYork: Market = { kind: 'us', hours: { csv: newYorkCalendar } };
const halfDay: Market = {
  kind: 'us',
  hours: [{ date: '2018-11-23', open: '2018-11-23T14:30:00Z', close: '2018-11-23T18:00:00Z' }],
};
const runs: readonly (readonly [string, ProfileName])[] = [
  ['1s', 'sip'],
  ['1m', 'all'],
  ['45m', 'sip'],
  ['1d', 'sip'],
];

test.each(runs)('%s %s bars of a made-up recording are printed as SQL has them', async (interval, profile) => {
  const text = leanDay(77, 4_000, undefined);
  const path = written('GEN_20181123_trade.zip', zipOf({ name: '20181123_gen_trade_tick.csv', text }));
  await comparePrinted([path], halfDay, interval, profile);
});

for (const [interval, profile] of runs) {
  test.skipIf(isReferenceDataMissing)(
    `${interval} ${profile} bars of IBM are printed as SQL has them (needs the reference data: set TAPELINE_SHARED to its folder)`,
    () => comparePrinted([leanTrades('ibm_20131008')], newYork, interval, profile),
  );
}

test.skipIf(isReferenceDataMissing)(
  'bars of two days in one run are printed as SQL has them of each (needs the reference data: set TAPELINE_SHARED to its folder)',
  () => comparePrinted([leanTrades('ibm_20131009'), leanTrades('ibm_20131007')], newYork, '5m', 'sip'),
);

test.skipIf(isReferenceDataMissing)(
  'bars of trades of Binance are printed as SQL has them (needs the reference data: set TAPELINE_SHARED to its folder)',
  () => comparePrinted([join(referenceData, 'binance/btcusdt_spot_20240808.gz')], { kind: 'always-open' }, '1s', 'sip'),
);

type ExpectedBar = { readonly bar: OracleBar; readonly units: PrintedUnits };

async function comparePrinted(
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
  const ending = await tapeline(['bars', ...paths, '--interval', interval, '--profile', profile, '--format', 'ndjson']);
  expect(ending.code, `standard error: ${ending.err}`).toBe(0);
  const lines = ending.out.split('\n').filter((line) => line !== '');
  expect(lines.length).toBe(expected.size);
  for (const line of lines) {
    const printed = JSON.parse(line) as PrintedBar;
    const name = `${printed.symbol} ${Date.parse(printed.start) / 1000}`;
    const known = expected.get(name);
    if (known === undefined) throw new RangeError(`${line} is printed, and SQL has no such bar`);
    expect(factsPrinted(printed), `${interval} ${profile} ${name}`).toEqual(factsExpected(known));
    expect(isAverage(printed, known), `vwap of ${interval} ${profile} ${name}`).toBe(true);
    expect(printed).toMatchObject({ interval, profile });
  }
}

type PrintedBar = Readonly<
  Record<'symbol' | 'start' | 'end' | 'volume' | 'state' | 'interval' | 'profile', string> &
    Record<'open' | 'high' | 'low' | 'close' | 'vwap', string | null> &
    Record<'trades' | 'revision', number>
>;

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
