/**
 * Compares the fold's bars with the oracle's. In: both, for one profile. Out: a line for every difference, naming
 * interval, bar and field; none if both have the same bars with the same values. Numbers are compared exactly, whatever
 * decimals each side keeps.
 */
import type { Bar, ProfileName } from '@tapeline/domain';
import { barKey, type FoldedFile } from './fold-file.ts';
import type { BarOracle } from './sql/bar-oracle.ts';
import type { OracleBar } from './sql/interval-bars.ts';

/** What a comparison found. */
export type Comparison = { readonly barsCompared: number; readonly differences: readonly string[] };

const differencesMax = 20;

/** Compares every bar of the intervals; at most 20 differences are told. */
export async function compareBars(
  folded: FoldedFile,
  oracle: BarOracle,
  profile: ProfileName,
  intervals: readonly string[],
): Promise<Comparison> {
  const differences: string[] = [];
  const unseen = new Map([...folded.bars].filter(([, bar]) => bar.profile === profile));
  let barsCompared = 0;
  for (const interval of intervals) {
    for (const expected of await oracle.bars(interval, profile)) {
      const key = barKey(interval, profile, expected.symbol, expected.startSec);
      const bar = unseen.get(key);
      unseen.delete(key);
      barsCompared += 1;
      differences.push(...differencesOf(bar, expected, oracle).map((text) => `${named(interval, expected)}: ${text}`));
    }
  }
  for (const bar of unseen.values()) differences.push(`${named(bar.interval, bar)}: the fold has it, SQL has not`);
  return { barsCompared, differences: differences.slice(0, differencesMax) };
}

function named(interval: string, bar: { readonly symbol: string; readonly startSec: number }): string {
  return `${interval} ${new Date(bar.startSec * 1000).toISOString()} ${bar.symbol}`;
}

function differencesOf(bar: Bar | undefined, expected: OracleBar, oracle: BarOracle): string[] {
  if (bar === undefined) return ['SQL has it, the fold has not'];
  const ours = fieldsOf(bar);
  const theirs = expectedFieldsOf(bar, expected, oracle);
  return Object.entries(theirs).flatMap(([field, value]) =>
    ours[field] === value ? [] : [`${field} is ${String(ours[field])}, SQL says ${String(value)}`],
  );
}

type Fields = Readonly<Record<string, string | number | bigint | null>>;

/** Numbers with a unit are brought to 18 decimals, notional to 36. */
function fieldsOf(bar: Bar): Fields {
  const price = (units: number | null): bigint | null =>
    units === null ? null : scaled(BigInt(units), 18 + bar.priceExponent);
  const { endSec, tradingDate, session, trades, revision, state } = bar;
  return {
    open: price(bar.open),
    high: price(bar.high),
    low: price(bar.low),
    close: price(bar.close),
    volume: scaled(bar.volume, 18 + bar.sizeExponent),
    notional: scaled(bar.notional, 36 + bar.priceExponent + bar.sizeExponent),
    endSec,
    tradingDate,
    session,
    trades,
    revision,
    state,
  };
}

function expectedFieldsOf(bar: Bar, expected: OracleBar, oracle: BarOracle): Fields {
  const { priceDecimals, sizeDecimals } = oracle.units;
  const price = (units: bigint | null): bigint | null => (units === null ? null : scaled(units, 18 - priceDecimals));
  const { endSec, tradingDate, session, trades, prints } = expected;
  // In a file in order of time, bars change no more once they are closed: a revision a trade, and one for closing.
  const revisions = oracle.inOrder && !oracle.hasAmendments;
  return {
    open: price(expected.open),
    high: price(expected.high),
    low: price(expected.low),
    close: price(expected.close),
    volume: scaled(expected.volume, 18 - sizeDecimals),
    notional: scaled(expected.notional, 36 - priceDecimals - sizeDecimals),
    endSec,
    tradingDate,
    session,
    trades,
    revision: revisions ? prints + 1 : bar.revision,
    state: revisions ? 'closed' : bar.state === 'forming' ? 'closed' : bar.state,
  };
}

function scaled(value: bigint, decimals: number): bigint {
  return value * 10n ** BigInt(decimals);
}
