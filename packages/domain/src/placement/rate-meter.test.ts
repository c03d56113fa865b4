/** Decayed counts and rates: halving, warm-up, bounds of the estimate, bounds of memory, merging. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InstrumentMap } from './instrument-map.ts';
import { mergeRates } from './merged-rates.ts';
import { RateMeter, rateMeterDefaults, type RateReport } from './rate-meter.ts';

const halfLifeMs = 10_000;
const startMs = 1_700_000_000_000;

function meter(instrumentsMax = 100): RateMeter {
  return new RateMeter({ halfLifeMs, instrumentsMax });
}

function reportOf(counted: RateMeter, partition = 0): RateReport {
  const report = counted.report(partition);
  if (report === undefined) throw new RangeError('nothing was counted');
  return report;
}

/** `ticks` every `everyMs`, the last one at `untilMs`. */
function fed(ticks: number, everyMs: number, untilMs: number): RateMeter {
  const counted = meter();
  for (let atMs = 0; atMs <= untilMs; atMs += everyMs) counted.count('d', 's', ticks, startMs + atMs);
  return counted;
}

function rateOf(...reports: readonly RateReport[]): number | undefined {
  return mergeRates(reports).ticksPerSec.get('d', 's');
}

test('a count weighs half after a half-life of log time, and not less while the clock stands', () => {
  const counted = meter();
  counted.count('d', 's', 64, startMs);
  expect(reportOf(counted).ticks.get('d', 's')).toBe(64);
  counted.advance(startMs + halfLifeMs);
  expect(reportOf(counted).ticks.get('d', 's')).toBe(32);
  counted.advance(startMs + halfLifeMs / 2);
  counted.count('d', 's', 1, startMs);
  expect(reportOf(counted)).toMatchObject({ logTimeMs: startMs + halfLifeMs, sinceMs: startMs });
  expect(reportOf(counted).ticks.get('d', 's')).toBe(33);
});

test('after k half-lives of silence exactly 2^-k is left, also far beyond the range of numbers', () => {
  const counted = meter();
  counted.count('d', 's', 2 ** 60, startMs);
  counted.advance(startMs + 65 * halfLifeMs);
  counted.advance(startMs + 69 * halfLifeMs);
  expect(reportOf(counted).ticks.get('d', 's')).toBe(2 ** -9);
  counted.advance(startMs + 5_000 * halfLifeMs);
  expect(reportOf(counted)).toMatchObject({ ticks: { size: 0 }, forgottenTicks: 0 });
  counted.count('d', 's', 7, startMs + 5_000 * halfLifeMs);
  expect(reportOf(counted).ticks.get('d', 's')).toBe(7);
});

test('what is lighter than a thousandth of a tick is forgotten, and told', () => {
  const counted = meter();
  counted.count('d', 's', 1, startMs);
  counted.advance(startMs + 65 * halfLifeMs);
  expect(reportOf(counted)).toMatchObject({ ticks: { size: 0 }, forgottenTicks: 2 ** -65 });
});

test('before the first count there is nothing to report, and nothing to merge', () => {
  expect(meter().report(0)).toBeUndefined();
  expect(mergeRates([])).toMatchObject({ logTimeMs: 0, measuredMs: 0, ticksPerSec: { size: 0 } });
});

test('even ticks give their rate, within the bounds that the spacing allows, from the first half-life on', () => {
  for (const [ticks, everyMs] of [
    [1, 1],
    [50, 100],
    [1_000, 1_000],
    [30_000, 10_000],
  ] as const) {
    const [rate, x] = [(ticks * 1_000) / everyMs, (Math.LN2 * everyMs) / halfLifeMs];
    const [low, high] = [(rate * x) / (Math.exp(x) - 1), (rate * x) / (1 - Math.exp(-x))];
    const late = fed(ticks, everyMs, 40 * halfLifeMs);
    const after = rateOf(reportOf(late)) ?? 0;
    late.advance(startMs + 40 * halfLifeMs + everyMs);
    const before = rateOf(reportOf(late)) ?? 0;
    expect([after / high, before / low].map((part) => Math.abs(part - 1) < 1e-6)).toEqual([true, true]);
    const young = rateOf(reportOf(fed(ticks, everyMs, halfLifeMs))) ?? 0;
    expect(young / rate).toBeLessThanOrEqual(1 + (2 * everyMs) / halfLifeMs);
    expect(young / rate).toBeGreaterThanOrEqual(1 - everyMs / halfLifeMs);
  }
});

test('one tick at the first moment is one a second at most', () => {
  const rate = rateOf(reportOf(fed(1, 1_000, 0))) ?? 0;
  expect(rate).toBeGreaterThan(0.9);
  expect(rate).toBeLessThanOrEqual(1.04);
});

test('the lightest are forgotten when the meter is full, and told', () => {
  const counted = meter(16);
  for (let index = 0; index < 16; index += 1) counted.count('d', `s${index}`, index + 1, startMs);
  counted.count('d', 'new', 100, startMs);
  const report = reportOf(counted);
  expect([report.ticks.size, report.forgottenTicks, report.ticks.get('d', 's0')]).toEqual([15, 1 + 2, undefined]);
});

test.each([0, -1, Number.NaN, Infinity])('a half-life of %d ms is none', (bad) => {
  expect(() => new RateMeter({ ...rateMeterDefaults, halfLifeMs: bad })).toThrow(RangeError);
  expect(() => new RateMeter({ ...rateMeterDefaults, instrumentsMax: 0 })).toThrow(RangeError);
});

/** Ticks of some instruments at rising log times, each counted in one of three partitions. */
const counts = fc.array(
  fc.record({
    symbol: fc.constantFrom('s', 't', 'u', 'v', 'w', 'x', 'y', 'z'),
    ticks: fc.integer({ min: 1, max: 10_000 }),
    stepMs: fc.constantFrom(0, 1, 100, 5_000, 900_000),
    partition: fc.nat(2),
  }),
  { minLength: 1, maxLength: 60 },
);

test('an instrument that moved has the rate that one meter of both partitions would tell', () => {
  fc.assert(
    fc.property(counts, (list) => {
      const [one, parts] = [meter(), [meter(), meter(), meter()]];
      let atMs = startMs;
      for (const part of parts) part.advance(startMs);
      for (const { symbol, ticks, stepMs, partition } of list) {
        atMs += stepMs;
        one.count('d', symbol, ticks, atMs);
        parts[partition]?.count('d', symbol, ticks, atMs);
      }
      // A meter of its own starts at its first count; these all started at once.
      const whole = mergeRates([{ ...reportOf(one), sinceMs: startMs }]);
      const merged = mergeRates(parts.map((part, partition) => reportOf(part, partition)));
      expect(merged.logTimeMs).toBe(whole.logTimeMs);
      whole.ticksPerSec.forEach((rate, dataset, symbol) => {
        const other = merged.ticksPerSec.get(dataset, symbol) ?? 0;
        // What was forgotten is less than a thousandth of a tick in each meter.
        expect(Math.abs(other - rate)).toBeLessThanOrEqual(rate * 1e-9 + 0.01);
      });
    }),
  );
});

test('who moved a moment ago has the rate of the meter that has known it longer', () => {
  const [old, young] = [meter(), meter()];
  for (let atMs = 0; atMs <= 105_000; atMs += 10) {
    (atMs <= 100_000 ? old : young).count('d', 's', 1, startMs + atMs);
  }
  expect((rateOf(reportOf(old, 1), reportOf(young, 0)) ?? 0) / 100).toBeCloseTo(1, 2);
});

test('what is kept and what is forgotten add up to the decayed sum of all counts', () => {
  fc.assert(
    fc.property(counts, fc.integer({ min: 1, max: 8 }), (list, instrumentsMax) => {
      const counted = meter(instrumentsMax);
      let [atMs, total] = [startMs, 0];
      for (const { symbol, ticks, stepMs } of list) {
        atMs += stepMs;
        total = total * 2 ** (-stepMs / halfLifeMs) + ticks;
        counted.count('d', symbol, ticks, atMs);
      }
      const { ticks, forgottenTicks } = reportOf(counted);
      let kept = 0;
      ticks.forEach((count) => {
        kept += count;
      });
      expect(ticks.size).toBeLessThanOrEqual(instrumentsMax);
      expect((kept + forgottenTicks) / total).toBeCloseTo(1, 9);
    }),
  );
});

test('sums do not depend on the order of reports to the last bit', () => {
  const values = fc.array(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), { minLength: 3, maxLength: 6 });
  fc.assert(
    fc.property(values, fc.func(fc.nat()), (ticks, key) => {
      const reports = ticks.map((count, partition): RateReport => {
        const map = new InstrumentMap<number>();
        map.set('d', 's', count);
        return { partition, logTimeMs: startMs, sinceMs: 0, halfLifeMs, ticks: map, forgottenTicks: 0 };
      });
      const shuffled = reports.toSorted((one, other) => key(one.partition) - key(other.partition));
      expect(rateOf(...shuffled)).toBe(rateOf(...reports));
    }),
  );
});

test('the order of reports does not matter, and of one partition the latest counts', () => {
  const [early, late, other] = [fed(10, 100, 5_000), fed(10, 100, 6_000), fed(3, 50, 4_000)].map((one, index) =>
    reportOf(one, index === 2 ? 1 : 0),
  );
  if (early === undefined || late === undefined || other === undefined) throw new RangeError('three reports');
  const rate = rateOf(late, other);
  for (const reports of [
    [early, late, other],
    [other, late, early],
    [late, other, early],
  ]) {
    expect(rateOf(...reports)).toBe(rate);
  }
  const restarted = { ...late, sinceMs: late.logTimeMs, ticks: reportOf(fed(1, 1, 0)).ticks };
  expect(rateOf(late, restarted)).toBe(rateOf(restarted, late));
  expect(rateOf(late, restarted)).toBe(rateOf(late));
});

test('the age is that of the youngest meter at the latest clock, and one that counted nothing has none', () => {
  const [long, quiet] = [reportOf(fed(10, 100, 6_000), 0), reportOf(fed(3, 50, 4_000), 1)];
  // It stopped at 4 s: it has measured the silence since then as well.
  expect(mergeRates([long, quiet]).measuredMs).toBe(6_000);
  const young = meter();
  young.count('d', 's', 1, startMs + 5_000);
  expect(mergeRates([long, quiet, reportOf(young, 2)]).measuredMs).toBe(1_000);
  const empty = { partition: 3, halfLifeMs, ticks: new InstrumentMap<number>(), forgottenTicks: 0 };
  const [unused, restarted] = [
    { ...empty, logTimeMs: 0, sinceMs: 0 },
    { ...empty, partition: 4, logTimeMs: startMs + 6_000, sinceMs: startMs + 6_000 },
  ];
  expect(mergeRates([long, quiet, unused, restarted])).toEqual(mergeRates([long, quiet]));
  expect(mergeRates([unused]).measuredMs).toBe(0);
  const forgot = { ...restarted, forgottenTicks: 5, sinceMs: startMs + 4_000 };
  expect(mergeRates([long, forgot]).measuredMs).toBe(2_000);
});
