/** When all rates are told, what goes with each report, and how many bytes that is whatever the market does. */
import { expect, test } from 'vitest';
import { InstrumentMap } from './instrument-map.ts';
import type { RateReport } from './rate-meter.ts';
import {
  briefRatesMax,
  ratesBytes,
  ratesBytesPerSec,
  RatesRhythm,
  wholePauseMsMax,
  wholePauseMsMin,
} from './rates-rhythm.ts';
import { joinRates } from './told-rates.ts';

const sinceMs = 0;
/** The meter is old by then. */
const startMs = 3_600_000;

function ratesOf(count: number, ticksOf: (index: number) => number, logTimeMs = startMs): RateReport {
  const ticks = new InstrumentMap<number>();
  for (let index = 0; index < count; index += 1) ticks.set('d', `S${index}`, ticksOf(index));
  return { partition: 0, logTimeMs, sinceMs, halfLifeMs: 30_000, ticks, forgottenTicks: 0 };
}

/** Tells each ten seconds for `ms`; answers when all were told. */
function told(rhythm: RatesRhythm, ms: number, ratesAt: (ms: number) => RateReport): number[] {
  const times: number[] = [];
  for (let at = 0; at <= ms; at += 10_000) if (rhythm.tell(ratesAt(at), at).all !== undefined) times.push(at);
  return times;
}

function even(index: number): number {
  return 20 + (index % 50);
}

test('a few instruments stand in each report, and nothing else is told', () => {
  const rhythm = new RatesRhythm();
  const rates = ratesOf(briefRatesMax, (index) => index * 9);
  expect(rhythm.tell(rates, 0)).toEqual({ brief: rates, all: undefined });
  expect(told(rhythm, 900_000, () => rates)).toEqual([]);
});

test('all of many are told at first, and while nothing changes each five minutes', () => {
  expect(told(new RatesRhythm(), 900_000, () => ratesOf(1_000, even))).toEqual([0, 300_000, 600_000, 900_000]);
  expect(wholePauseMsMax).toBe(300_000);
});

test('what differs by no more than chance makes of even ticks is no change', () => {
  // Up and down by turns, by far more than a fifth, and by less than three standard deviations of a count.
  const noisy = (ms: number): RateReport => ratesOf(1_000, (index) => 9 + ((index + ms / 10_000) % 2 === 0 ? 5 : -5));
  expect(told(new RatesRhythm(), 300_000, noisy)).toEqual([0, 300_000]);
});

test.each([
  ['the whole market doubles', (index: number) => 2 * even(index), 30_000],
  ['a few become busy', (index: number) => (index < 3 ? 5_000 : even(index)), 30_000],
  ['half of them fall silent', (index: number) => (index % 2 === 0 ? 0 : even(index)), 30_000],
  ['one of a thousand doubles', (index: number) => (index === 7 ? 2 : 1) * even(index), 300_000],
])('%s: all are told after %s', (_, changed, atMs) => {
  const rhythm = new RatesRhythm();
  const at = (ms: number): RateReport => ratesOf(1_000, ms === 0 ? even : changed);
  expect(told(rhythm, atMs, at)).toEqual([0, atMs]);
  expect(wholePauseMsMin).toBe(30_000);
});

test('instruments that came or went have all told anew, once', () => {
  const rhythm = new RatesRhythm();
  rhythm.tell(ratesOf(1_000, even), 0);
  rhythm.moved();
  const later = [20_000, 30_000, 60_000].map((ms) => rhythm.tell(ratesOf(1_000, even), ms).all !== undefined);
  expect(later).toEqual([false, true, false]);
});

test('what a young meter told is told again once it measured for a half-life', () => {
  const rhythm = new RatesRhythm();
  const young = (ms: number): RateReport =>
    ratesOf(1_000, () => 40 * (1 - 2 ** (-(ms + 10_000) / 30_000)), ms + 10_000);
  expect(told(rhythm, 200_000, young)).toEqual([0, 20_000]);
});

test('the busiest go with each report, and those that changed most; with what was told they are nearly all there is', () => {
  const rhythm = new RatesRhythm();
  const before = ratesOf(1_000, even);
  rhythm.tell(before, 0);
  const now = { ...ratesOf(1_000, (index) => (index < 20 ? 0.5 : even(index))), logTimeMs: startMs + 10_000 };
  const { brief, all } = rhythm.tell(now, 10_000);
  expect([brief.ticks.size, all]).toEqual([briefRatesMax, undefined]);
  for (let index = 0; index < 20; index += 1) expect(brief.ticks.get('d', `S${index}`)).toBe(0.5);
  expect(joinRates(before, brief).ticks.sorted()).toEqual(now.ticks.sorted());
});

test('whatever the market does, all rates take no more than their bytes a second', () => {
  const rhythm = new RatesRhythm();
  const wild = (ms: number): RateReport => ratesOf(2_000, (index) => ((index * 7 + ms / 10_000) % 13) ** 4);
  rhythm.moved();
  const times = told(rhythm, 3_600_000, wild);
  const bytes = times.length * ratesBytes(wild(0));
  expect(times.length).toBeGreaterThan(20);
  expect(bytes / 3_600).toBeLessThan(ratesBytesPerSec * 1.05);
});
