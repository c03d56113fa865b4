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
import { expectPrinted, type PrintedBar } from './printed-bars.ts';
import { isReferenceDataMissing, leanTrades, newYorkCalendar, referenceData } from './reference-folder.ts';
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

async function comparePrinted(
  paths: readonly string[],
  market: Market,
  interval: string,
  profile: ProfileName,
): Promise<void> {
  const ending = await tapeline(['bars', ...paths, '--interval', interval, '--profile', profile, '--format', 'ndjson']);
  expect(ending.code, `standard error: ${ending.err}`).toBe(0);
  const lines = ending.out.split('\n').filter((line) => line !== '');
  const printed = lines.map((line) => JSON.parse(line) as PrintedBar);
  await expectPrinted(printed, paths, market, interval, profile);
}
