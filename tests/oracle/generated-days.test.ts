/**
 * Bars of made-up recordings, computed twice, as in recorded-files.test.ts, but from nothing beside the repository. The
 * hours of the dates are written here by hand. TAPELINE_ORACLE_SEED runs one seed again, or another one.
 */
import { profileNames } from '@tapeline/domain';
import { expect, test } from 'vitest';
import { written, zipOf } from '../../packages/adapters/recordings/test-kit/recording-files.ts';
import { compareBars } from './compare-bars.ts';
import { comparedIntervals, foldFile } from './fold-file.ts';
import { csvRecording, type TradingStretch } from './generated-csv.ts';
import { leanDay } from './generated-lean-day.ts';
import { openBarOracle } from './sql/bar-oracle.ts';
import type { Market } from './sql/session-segments.ts';

const givenSeed = process.env['TAPELINE_ORACLE_SEED'];
const seeds: readonly number[] = givenSeed === undefined ? [1, 2, 3] : [Number(givenSeed)];

/** How the log is cut must not matter. */
const blockSizes: readonly number[] = [1, 2_000];

/** New York's regular hours: 09:30 to 16:00, and to 13:00 on the day after Thanksgiving. */
const newYork: Market = {
  kind: 'us',
  hours: [
    { date: '2013-10-18', open: '2013-10-18T13:30:00Z', close: '2013-10-18T20:00:00Z' },
    { date: '2013-10-21', open: '2013-10-21T13:30:00Z', close: '2013-10-21T20:00:00Z' },
    { date: '2015-07-24', open: '2015-07-24T13:30:00Z', close: '2015-07-24T20:00:00Z' },
    { date: '2015-07-27', open: '2015-07-27T13:30:00Z', close: '2015-07-27T20:00:00Z' },
    { date: '2018-03-09', open: '2018-03-09T14:30:00Z', close: '2018-03-09T21:00:00Z' },
    { date: '2018-03-12', open: '2018-03-12T13:30:00Z', close: '2018-03-12T20:00:00Z' },
    { date: '2018-11-23', open: '2018-11-23T14:30:00Z', close: '2018-11-23T18:00:00Z' },
  ],
};

/** Dates of Lean recordings; the hour of New York that the clocks skip or show twice has no trades in such a file. */
const leanDates: readonly { readonly date: string; readonly skippedHour?: number; readonly what: string }[] = [
  { date: '2013-10-18', what: 'a Friday' },
  { date: '2015-07-24', what: 'V is a stock-option trade' },
  { date: '2015-07-27', what: 'V is a contingent trade' },
  { date: '2018-11-23', what: 'half a day' },
  { date: '2018-03-11', skippedHour: 2, what: 'a Sunday of 23 hours' },
  { date: '2018-11-04', skippedHour: 1, what: 'a Sunday of 25 hours' },
];

/** The stretches of the CSV recording: around each change of the rules, half a day, and both changes of the clocks. */
const stretches: readonly TradingStretch[] = [
  { from: '2013-10-18T08:00:00Z', hours: 16 },
  { from: '2013-10-21T08:00:00Z', hours: 16 },
  { from: '2015-07-24T08:00:00Z', hours: 16 },
  { from: '2015-07-27T08:00:00Z', hours: 16 },
  { from: '2018-03-09T21:30:00Z', hours: 68 },
  { from: '2018-11-03T22:00:00Z', hours: 32 },
  { from: '2018-11-23T05:00:00Z', hours: 24 },
];

for (const seed of seeds) {
  for (const [index, { date, skippedHour, what }] of leanDates.entries()) {
    const day = date.replaceAll('-', '');
    const file = (): string => {
      const text = leanDay(seed * 1_000 + index, 4_000, skippedHour);
      return written(`seed-${seed}/GEN_${day}_trade.zip`, zipOf({ name: `${day}_gen_trade_tick.csv`, text }));
    };
    compareBoth(`a made-up Lean recording of ${date}, ${what}, seed ${seed}`, file, newYork);
  }
  const csv = (): string => written(`seed-${seed}/us.csv`, csvRecording(seed, 14_000, stretches));
  compareBoth(`a made-up CSV recording of US equities, seed ${seed}`, csv, newYork);
}

function compareBoth(name: string, file: () => string, market: Market): void {
  test.each(blockSizes)(`all bars of ${name} equal SQL's, with %i ticks in a record`, async (blockTicksMax) => {
    const path = file();
    const folded = await foldFile(path, blockTicksMax);
    expect(folded.counters).toMatchObject({ applied: folded.ticks, late: 0, quarantined: 0, amendmentsUnmatched: 0 });
    expect(folded.rejected).toBe(0);
    const oracle = await openBarOracle(path, market);
    for (const profile of profileNames) {
      const { barsCompared, differences } = await compareBars(folded, oracle, profile, comparedIntervals);
      expect(differences, `profile ${profile}`).toEqual([]);
      expect(barsCompared, `profile ${profile}`).toBeGreaterThan(1_000);
    }
    oracle.close();
  });
}
