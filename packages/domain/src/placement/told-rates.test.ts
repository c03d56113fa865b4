/** Two records of rates as if they were one: what is carried on, what takes its place, and what is not of one meter. */
import { expect, test } from 'vitest';
import { InstrumentMap } from './instrument-map.ts';
import { RateMeter, type RateReport } from './rate-meter.ts';
import { joinRates } from './told-rates.ts';

function ratesAt(
  logTimeMs: number,
  counts: Readonly<Record<string, number>>,
  facts: Partial<RateReport> = {},
): RateReport {
  const ticks = new InstrumentMap<number>();
  for (const [symbol, count] of Object.entries(counts)) ticks.set('d', symbol, count);
  return { partition: 0, logTimeMs, sinceMs: 0, halfLifeMs: 30_000, ticks, forgottenTicks: 0, ...facts };
}

test('the newer one is believed, and all others go on at their rate; the sum stays', () => {
  const joined = joinRates(
    ratesAt(9e6, { A: 10, B: 20, C: 30 }),
    ratesAt(9.1e6, { B: 5, D: 1 }, { forgottenTicks: 50 }),
  );
  expect(['A', 'B', 'C', 'D'].map((symbol) => joined.ticks.get('d', symbol))).toEqual([10, 5, 30, 1]);
  expect([joined.logTimeMs, joined.forgottenTicks]).toEqual([9.1e6, 10]);
});

test('without the older one, and with one of another meter or from later on, the newer one is all there is', () => {
  const brief = ratesAt(60_000, { A: 1 });
  for (const whole of [undefined, ratesAt(50_000, { B: 1 }, { sinceMs: 7 }), ratesAt(60_001, { B: 1 })]) {
    expect(joinRates(whole, brief)).toBe(brief);
  }
});

test.each([1_000, 5_000, 20_000, 60_000])(
  'even ticks that a meter of %d ms told are what it counts itself a minute later',
  (ageMs) => {
    const meter = new RateMeter();
    for (let ms = 0; ms <= ageMs; ms += 100) meter.count('d', 'S', 1, ms);
    const whole = meter.report(0);
    for (let ms = ageMs + 100; ms <= ageMs + 60_000; ms += 100) meter.count('d', 'S', 1, ms);
    const now = meter.report(0);
    if (whole === undefined || now === undefined) throw new RangeError('it counted');
    const brief = { ...now, ticks: new InstrumentMap<number>(), forgottenTicks: now.ticks.get('d', 'S') ?? 0 };
    const joined = joinRates(whole, brief).ticks.get('d', 'S') ?? 0;
    expect(Math.abs(joined / (now.ticks.get('d', 'S') ?? 1) - 1)).toBeLessThan(0.11);
  },
);
