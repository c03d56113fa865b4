/** When paced work runs: a pause after the change, once, and not after the stop. */
import { ManualClock } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { PacedTask } from './paced-task.ts';

function setUp(run: () => Promise<void> | void = () => undefined): {
  clock: ManualClock;
  task: PacedTask;
  stop: AbortController;
  runs: number[];
  errors: unknown[];
} {
  const clock = new ManualClock(1_000);
  const stop = new AbortController();
  const runs: number[] = [];
  const errors: unknown[] = [];
  const task = new PacedTask({
    clock,
    stop: stop.signal,
    pauseMs: () => 100,
    run: async () => {
      runs.push(clock.nowMs());
      await run();
    },
    failed: (error) => errors.push(error),
  });
  return { clock, task, stop, runs, errors };
}

test('a change is followed by one run after the pause, and an idle task does nothing', async () => {
  const { clock, task, runs } = setUp();
  task.arm();
  task.arm();
  await clock.advance(99);
  expect(runs).toEqual([]);
  await clock.advance(1_000);
  expect(runs).toEqual([1_100]);
  expect(clock.sleeping).toBe(0);
  task.arm();
  await clock.advance(100);
  expect(runs).toEqual([1_100, 2_199]);
});

test('a change during a run is followed by another run, never by two at once', async () => {
  let release: () => void = () => undefined;
  const { clock, task, runs } = setUp(
    () =>
      new Promise((resolve) => {
        release = resolve;
      }),
  );
  task.arm();
  await clock.advance(100);
  task.arm();
  await clock.advance(500);
  expect(runs).toEqual([1_100]);
  release();
  await clock.advance(100);
  expect(runs).toEqual([1_100, 1_700]);
});

test('a run that fails is told, and the next change runs it again', async () => {
  const { clock, task, runs, errors } = setUp(() => {
    throw new RangeError('no');
  });
  task.arm();
  await clock.advance(100);
  task.arm();
  await clock.advance(100);
  expect(runs).toHaveLength(2);
  expect(errors).toHaveLength(2);
});

test('nothing runs after the stop, and settled resolves', async () => {
  const { clock, task, stop, runs } = setUp();
  task.arm();
  stop.abort();
  await task.settled();
  task.arm();
  await clock.advance(1_000);
  expect(runs).toEqual([]);
});
