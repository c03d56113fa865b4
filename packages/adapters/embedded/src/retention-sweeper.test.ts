/** Retention comes round, works in steps, outlives failures and stops when it is told to. */
import { type Logger, ManualClock, silentLogger } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { stepsMax, sweepEveryMs, sweepUntil } from './retention-sweeper.ts';

test('each time it deletes until nothing is left, or until its steps are used up', async () => {
  const clock = new ManualClock(1_000_000);
  const stop = new AbortController();
  const cutoffs: number[] = [];
  let left = 3;
  const sweep = async (cutoffMs: number): Promise<boolean> => {
    cutoffs.push(cutoffMs);
    left -= 1;
    return left > 0;
  };
  const swept = sweepUntil(stop.signal, { log: { sweep }, retentionMs: 600, clock, logger: silentLogger });
  await clock.advance(sweepEveryMs);
  expect(cutoffs).toEqual(Array.from({ length: 3 }, () => 1_000_000 + sweepEveryMs - 600));
  left = stepsMax + 500;
  await clock.advance(sweepEveryMs);
  expect(left).toBe(500);
  stop.abort();
  await swept;
});

test('a sweep that fails is told, and the next one is tried', async () => {
  const clock = new ManualClock();
  const stop = new AbortController();
  const warnings: unknown[] = [];
  const logger: Logger = { ...silentLogger, warn: (_message, fields) => warnings.push(fields) };
  let sweeps = 0;
  const sweep = async (): Promise<boolean> => {
    sweeps += 1;
    throw new Error('the disk is full');
  };
  const swept = sweepUntil(stop.signal, { log: { sweep }, retentionMs: 1, clock, logger });
  await clock.advance(sweepEveryMs * 2);
  expect(sweeps).toBe(2);
  expect(warnings).toEqual([{ error: 'Error: the disk is full' }, { error: 'Error: the disk is full' }]);
  stop.abort();
  await swept;
});
