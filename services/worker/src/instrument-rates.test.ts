/** Rates in log time: what is counted in a burst of catching up weighs by when it happened. */
import { expect, test } from 'vitest';
import { InstrumentRates } from './instrument-rates.ts';

const startMs = 1_700_000_000_000;

test('before anything is counted there is a report without instruments, so that an empty partition is seen to live', () => {
  expect(new InstrumentRates(7, 0).report()).toMatchObject({
    partition: 7,
    logTimeMs: 0,
    sinceMs: 0,
    forgottenTicks: 0,
  });
});

test('a count loses half of its weight in half a minute of log time, also of time without ticks', () => {
  const rates = new InstrumentRates(0, startMs);
  rates.count('d', 'A', 8);
  rates.advance(startMs + 30_000);
  rates.count('d', 'B', 8);
  rates.advance(startMs + 60_000);
  const { ticks, logTimeMs, sinceMs } = rates.report();
  expect([ticks.get('d', 'A'), ticks.get('d', 'B')]).toEqual([2, 4]);
  expect([logTimeMs, sinceMs]).toEqual([startMs + 60_000, startMs]);
});

test('counts within a second are weighed together, and none is lost between two reports', () => {
  const rates = new InstrumentRates(0, startMs);
  let sum = 0;
  for (let count = 0; count < 200; count += 1) {
    rates.advance(startMs + count * 10);
    rates.count('d', 'A', 1);
    if (count % 17 === 0) sum = rates.report().ticks.get('d', 'A') ?? 0;
  }
  sum = rates.report().ticks.get('d', 'A') ?? 0;
  expect(sum).toBeGreaterThan(200 * 2 ** (-2 / 30));
  expect(sum).toBeLessThanOrEqual(200);
});

test('a clock that steps back changes nothing', () => {
  const rates = new InstrumentRates(0, startMs);
  rates.advance(startMs - 60_000);
  rates.count('d', 'A', 4);
  expect(rates.report()).toMatchObject({ logTimeMs: startMs });
});
