/** The reference recordings: every row is read, none is refused, and the first and last are what the files say. */
import { TickFlag } from '@tapeline/domain';
import { expect, test } from 'vitest';
import { read } from '../test-kit/recording-files.ts';
import { isReferenceDataMissing, referenceData } from '../test-kit/reference-data.ts';

/** [file, rows, sum of sizes]: counted by `unzip -p FILE | awk -F, '{n++; s+=$3} END {print n, s}'`. */
const trades: readonly (readonly [string, number, number])[] = [
  ['ibm_20131007_trade.zip', 24_293, 3_960_352],
  ['ibm_20131008_trade.zip', 33_381, 5_564_671],
  ['ibm_20131009_trade.zip', 27_042, 4_368_369],
  ['spy_20131007_trade.zip', 250_601, 97_062_721],
  ['spy_20131008_trade.zip', 451_545, 178_346_557],
  ['spy_20131009_trade.zip', 439_677, 165_525_328],
];

for (const [name, rows, volume] of trades) {
  test.skipIf(isReferenceDataMissing)(
    `${name} has ${rows} trades and none is refused (needs the reference data: set TAPELINE_SHARED to its folder)`,
    async () => {
      const { ticks, rejected, ignored, unknownConditions, problem } = await read(`${referenceData}/lean/${name}`);
      expect(problem).toBeUndefined();
      expect([rejected, ignored, unknownConditions]).toEqual([[], {}, {}]);
      expect(ticks.length).toBe(rows);
      expect(ticks.at(-1)?.line).toBe(rows);
      expect(ticks.reduce((sum, tick) => sum + tick.size, 0)).toBe(volume);
      expect(new Set(ticks.map((tick) => tick.symbol))).toEqual(new Set([name.slice(0, 3).toUpperCase()]));
    },
  );
}

for (const [name, rows] of [
  ['ibm_20131007_quote.zip', 109_067],
  ['ibm_20131008_quote.zip', 125_750],
] as const) {
  test.skipIf(isReferenceDataMissing)(
    `${name} has ${rows} quotes, each of one side (needs the reference data: set TAPELINE_SHARED to its folder)`,
    async () => {
      const { ticks, rejected, ignored, problem } = await read(`${referenceData}/lean/${name}`);
      expect([problem, rejected, ignored]).toEqual([undefined, [], {}]);
      expect(ticks.length).toBe(rows);
      const bids = ticks.filter((tick) => tick.bidPrice !== undefined).length;
      const asks = ticks.filter((tick) => tick.askPrice !== undefined).length;
      expect(bids + asks).toBe(rows);
      expect(ticks.filter((tick) => (tick.attributes.flags & TickFlag.suspicious) !== 0).length).toBe(1);
    },
  );
}

test.skipIf(isReferenceDataMissing)(
  `times of a Lean file are New York's (needs the reference data: set TAPELINE_SHARED to its folder)`,
  async () => {
    const { ticks } = await read(`${referenceData}/lean/ibm_20131008_trade.zip`);
    // 31669457 ms after midnight, four hours behind UTC.
    expect(ticks[0]).toMatchObject({
      eventSec: Date.parse('2013-10-08T12:47:49Z') / 1_000,
      eventNano: 457_000_000,
      price: 1_821_000,
    });
  },
);

test.skipIf(isReferenceDataMissing)(
  `the Binance recording has 9,757 trades without a gap (needs the reference data: set TAPELINE_SHARED to its folder)`,
  async () => {
    const { ticks, rejected, ignored, problem, recording } = await read(
      `${referenceData}/binance/btcusdt_spot_20240808.gz`,
    );
    expect([problem, rejected]).toEqual([undefined, []]);
    expect(ticks.length).toBe(9_757);
    expect(Number(ticks.at(-1)?.tradeId) - Number(ticks[0]?.tradeId)).toBe(9_756);
    expect(ignored).toEqual({
      'bookTicker without an event time': 28_040,
      depthUpdate: 3_451,
      'message without a type': 1,
    });
    expect(recording.termsOf('BTCUSDT')).toEqual({
      priceExponent: -8,
      sizeExponent: -8,
      calendar: '24/7',
      currency: 'USDT',
      tickSize: 1_000_000,
    });
  },
);

test.skipIf(isReferenceDataMissing)(
  `the recorder's clock is behind the exchange's, so it stamps no event (needs the reference data: set TAPELINE_SHARED to its folder)`,
  async () => {
    const { ticks } = await read(`${referenceData}/binance/btcusdt_spot_20240808.gz`);
    const delaysMs = ticks.map((tick) => {
      const sec = (tick.receiveSec ?? Number.NaN) - tick.eventSec;
      return sec * 1_000 + ((tick.receiveNano ?? 0) - tick.eventNano) / 1_000_000;
    });
    expect(Math.max(...delaysMs)).toBeLessThan(-1_000);
  },
);
