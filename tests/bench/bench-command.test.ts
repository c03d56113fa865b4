/**
 * What the bench's command line accepts and how budgets are judged. In: arguments, results. Out: settings, messages.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readArguments } from '../../bench/bench-arguments.ts';
import type { BenchResult } from '../../bench/bench-result.ts';
import { type Budgets, missedBudgets } from '../../bench/budgets.ts';

const budgets = JSON.parse(readFileSync(new URL('../../bench/budgets.json', import.meta.url), 'utf8')) as Budgets;
const about = {
  method: [],
  machine: { cpus: 1, platform: 'any', arch: 'any' },
  versions: { node: '24', v8: '13', fold: 1 },
  ticks: 10_000_000,
  peers: {},
};

test('without a name everything is measured on ten million ticks', () => {
  expect(readArguments([])).toEqual({
    benches: ['decode', 'fold', 'snapshot', 'standalone'],
    ticks: 10_000_000,
    check: false,
  });
});

test('names, ticks, a file and the check are taken', () => {
  const asked = readArguments(['fold', '--ticks', '1_000_000', '--json', 'out.json', '--check']);
  expect(asked).toEqual({ benches: ['fold'], ticks: 1_000_000, json: 'out.json', check: true });
  const moves = readArguments(['moves', '--rate', '3_000', '--seconds', '12', '--rounds', '15']);
  expect(moves).toMatchObject({ rate: 3_000, seconds: 12, rounds: 15 });
});

test.each([
  [['speed'], "there is no bench 'speed'; there are decode, fold, snapshot, standalone"],
  [['--ticks', 'many'], '--ticks many is not a whole number from 100000 to 100000000'],
  [['--ticks', '5'], '--ticks 5 is not a whole number from 100000 to 100000000'],
  [['moves', '--rate', '10'], '--rate 10 is not a whole number from 500 to 1000000'],
  [['moves', '--rounds', '0'], '--rounds 0 is not a whole number from 1 to 100'],
  [['--fast'], "Unknown option '--fast'"],
])('%j is refused with what is possible', (args, says) => {
  const problem = readArguments(args);
  expect(problem).toMatchObject({ code: 'ARGUMENTS_INVALID' });
  expect('message' in problem && problem.message).toContain(says);
  expect('message' in problem && problem.message).toContain('usage: npm run bench');
});

test('a figure on its budget keeps it, one beyond is told with the limit, one not measured is not judged', () => {
  const fold = {
    ticksPerCpuSecond: 12_000_000,
    allFeaturesTicksPerCpuSecond: 4_000_000,
    tapeTicksPerCpuSecond: 1_500_000,
  };
  const kept: BenchResult = {
    ...about,
    fold,
    bytes: { perTradePlain: 7, perTradeZstd: 5 },
  };
  expect(missedBudgets(kept, budgets)).toEqual([]);
  expect(missedBudgets(about, budgets)).toEqual([]);
  const slow = { ...kept, fold: { ...fold, ticksPerCpuSecond: 11_999_999 } };
  expect(missedBudgets(slow, budgets)).toEqual(['fold.ticksPerCpuSecond is 11999999, at least 12000000 is asked']);
  const heavy = { ...kept, bytes: { perTradePlain: 7, perTradeZstd: 5.01 } };
  expect(missedBudgets(heavy, budgets)).toEqual(['bytes.perTradeZstd is 5.01, at most 5 is allowed']);
});
