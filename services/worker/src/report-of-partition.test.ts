/** What a report holds at most, and that nothing of the sum is left out. */
import {
  foldConfigDefaults,
  handoverEvents,
  InstrumentMap,
  PartitionFold,
  type RateReport,
  type StepOfMove,
} from '@tapeline/domain';
import { expect, test } from 'vitest';
import { arrivalsOf, arrivalsToldMax, formOf, heaviest, reportOf } from './report-of-partition.ts';

const config = { ...foldConfigDefaults, partition: 3, basePartitions: 4 };

function ratesOf(count: number): RateReport {
  const ticks = new InstrumentMap<number>();
  for (let at = 0; at < count; at += 1) ticks.set('d', `S${at}`, (at * 7) % count);
  return { partition: 3, logTimeMs: 9, sinceMs: 1, halfLifeMs: 30_000, ticks, forgottenTicks: 5 };
}

test('the heaviest instruments are told one by one and the others as a sum', () => {
  const rates = heaviest(ratesOf(1_000), 10);
  expect(
    rates.ticks
      .sorted()
      .map(({ value }) => value)
      .toSorted((one, other) => one - other),
  ).toEqual(Array.from({ length: 10 }, (_, at) => 990 + at));
  expect(rates.forgottenTicks).toBe(5 + (989 * 990) / 2);
  expect(heaviest(ratesOf(10), 10)).toEqual(ratesOf(10));
});

test('the newest 256 steps are told, oldest first, and what the fold counted', () => {
  const steps = Array.from({ length: 300 }, (_, at): StepOfMove => ({
    dataset: 'd',
    symbol: 'S',
    offset: 299 - at,
    epoch: 300 - at,
    logTimeMs: at,
    step: 'left',
    to: 1,
  }));
  const handovers = Object.fromEntries(handoverEvents.map((event, at) => [event, 2 ** at]));
  const fold = Object.assign(Object.create(PartitionFold.start(config)), {}) as PartitionFold;
  Object.defineProperties(fold, {
    nextOffset: { value: 12 },
    counters: { value: { gapsDeclared: 4 } },
    handovers: { value: handovers },
    parked: { value: { count: 2, bytes: 50 } },
    heldTicks: { value: 6 },
  });
  const form = formOf(config);
  const report = reportOf({ partition: 3, worker: 'w', form, fold, rates: ratesOf(1), lagMs: 8, steps });
  const { strayForwarded, sentHomeForRoom, sentHomeForAge, sentOnForRoom, sentOnForAge, contradicted } = handovers;
  expect(report).toMatchObject({
    partition: 3,
    worker: 'w',
    form,
    lagMs: 8,
    nextOffset: 12,
    declaredGaps: 4,
    heldTicks: 6,
    parkedEntries: 2,
    parkedBytes: 50,
    orderViolations: contradicted,
    strays:
      Number(strayForwarded) +
      Number(sentHomeForRoom) +
      Number(sentHomeForAge) +
      Number(sentOnForRoom) +
      Number(sentOnForAge),
  });
  expect(report.steps.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 256 }, (_, at) => 45 + at));
  expect(report.steps[0]).toEqual({ dataset: 'd', symbol: 'S', epoch: 45, step: 'left', logTimeMs: 255 });
});

test('partitions of one configuration have one form, of another one another', () => {
  expect(formOf({ ...config, partition: 0 })).toBe(formOf(config));
  // Version of states, configuration, calendars.
  expect(formOf(config)).toMatch(/^\d+ \d+ \d+$/);
  expect(formOf({ ...config, horizonMs: 1 })).not.toBe(formOf(config));
  expect(formOf({ ...config, basePartitions: 5 })).not.toBe(formOf(config));
});

test('the newest arrivals of before are told, before whatever comes', () => {
  const all = Array.from({ length: 100 }, (_, at) => ({ dataset: 'd', symbol: `S${at}`, epoch: 100 - at }));
  const steps = arrivalsOf({ ownArrivals: () => all, clockMs: 9 });
  expect(steps.map(({ epoch }) => epoch)).toEqual(Array.from({ length: arrivalsToldMax }, (_, at) => 37 + at));
  const first = { dataset: 'd', symbol: 'S63', epoch: 37, step: 'arrived', offset: -1, logTimeMs: 9, movedAtMs: 9 };
  expect(steps[0]).toEqual(first);
});
