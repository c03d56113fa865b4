/** Who is fit to give and take (C2), by the age of reports and by what they say. */
import { expect, test } from 'vitest';
import type { PartitionReport } from './control-reports.ts';
import { reportFreshMs, ReportBoard } from './coordinator-reports.ts';
import { InstrumentMap } from './instrument-map.ts';

function report(partition: number, facts: Partial<PartitionReport> = {}): PartitionReport {
  const ticks = new InstrumentMap<number>();
  const rates = { partition, logTimeMs: 1_000, sinceMs: 0, halfLifeMs: 30_000, ticks, forgottenTicks: 0 };
  const counts = { declaredGaps: 0, orderViolations: 0, strays: 0, parkedEntries: 0, parkedBytes: 0, heldTicks: 0 };
  return { partition, worker: 'w', nextOffset: 0, lagMs: 0, form: 'v1', rates, steps: [], ...counts, ...facts };
}

test('a partition is silent without a report, and once its last one is 30 s old', () => {
  const board = new ReportBoard(Infinity);
  board.takePartition(report(0), 1_000);
  expect([...board.unfit(2, 1_000)]).toEqual([[1, 'silent']]);
  expect([...board.unfit(1, 1_000 + reportFreshMs)]).toEqual([]);
  expect([...board.unfit(1, 1_001 + reportFreshMs)]).toEqual([[0, 'silent']]);
  expect(reportFreshMs).toBe(30_000);
});

test('a report from before the log was read to its end is no sign of life, and its rates count', () => {
  const board = new ReportBoard(Infinity);
  const ticks = new InstrumentMap<number>();
  ticks.set('d', 'S', 100);
  board.takePartition(report(0, { rates: { ...report(0).rates, ticks } }), -Infinity);
  expect([...board.unfit(1, 0)]).toEqual([[0, 'silent']]);
  expect(board.rates().ticksPerSec.get('d', 'S')).toBeGreaterThan(0);
  expect(board.halfLifeMs).toBe(30_000);
});

test('an owner that is behind by more than a quarter of retention lags', () => {
  const board = new ReportBoard(40_000);
  board.takePartition(report(0, { lagMs: 10_000 }), 0);
  board.takePartition(report(1, { lagMs: 10_001 }), 0);
  expect([...board.unfit(2, 0)]).toEqual([
    [0, 'behind'],
    [1, 'lagging'],
  ]);
});

test('an owner that is more than 5 s behind gives no more than what is pinned; what weighs more is told instead', () => {
  const board = new ReportBoard(40_000);
  for (const [partition, lagMs] of [5_000, 5_001, 10_001, 6_000].entries()) {
    board.takePartition(report(partition, { lagMs, form: partition === 3 ? 'v2' : 'v1' }), 0);
  }
  expect([...board.unfit(4, 0)]).toEqual([
    [1, 'behind'],
    [2, 'lagging'],
    [3, 'other-form'],
  ]);
});

test('who has another form than most neither gives nor takes; of two as common the first by name is common', () => {
  const board = new ReportBoard(Infinity);
  for (const [partition, form] of [
    [0, 'b'],
    [1, 'a'],
    [2, 'b'],
  ] as const)
    board.takePartition(report(partition, { form }), 0);
  expect([...board.unfit(3, 0)]).toEqual([[1, 'other-form']]);
  board.takePartition(report(3, { form: 'a' }), 0);
  expect([...board.unfit(4, 0).keys()]).toEqual([0, 2]);
});

test('writers are told as long as they report, and not once they took themselves out', () => {
  const board = new ReportBoard(Infinity);
  board.takeWriter({ writer: 'one', mapEpoch: 3 }, 0);
  board.takeWriter({ writer: 'two', mapEpoch: 4 }, 20_000);
  expect(board.writers(30_000).map(({ writer }) => writer)).toEqual(['one', 'two']);
  expect(board.writers(30_001).map(({ writer }) => writer)).toEqual(['two']);
  board.dropWriter('two');
  expect(board.writers(20_000).map(({ writer }) => writer)).toEqual(['one']);
});
