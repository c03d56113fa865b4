/** When a quiet partition asks the log for its time: while something waits for it, and never otherwise. */
import { decodeLogRecord } from '@tapeline/domain';
import { ManualClock } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { QuietWatch } from './quiet-watch.ts';

type Fold = { clockMs: number; dueMs: number | undefined; waitLeftMs: number | undefined };

function setUp(
  state: Partial<Fold>,
  isWaiting: () => boolean = () => true,
): {
  clock: ManualClock;
  watch: QuietWatch;
  fold: Fold;
  pace: { newestMs: number | undefined };
  appends: number[];
  stop: AbortController;
} {
  const fold: Fold = { clockMs: 0, dueMs: undefined, waitLeftMs: undefined, ...state };
  const pace: { newestMs: number | undefined } = { newestMs: undefined };
  const clock = new ManualClock(0);
  const stop = new AbortController();
  const appends: number[] = [];
  const watch = new QuietWatch({
    fold,
    clock,
    stop: stop.signal,
    quietMs: 1_000,
    pace,
    isWaiting,
    append: async (bytes) => {
      expect(decodeLogRecord(bytes)).toEqual([{ kind: 'time' }]);
      appends.push(clock.nowMs());
      // The record comes back through the log.
      watch.noteRecords();
    },
    failed: (error) => {
      throw error;
    },
  });
  return { clock, watch, fold, pace, appends, stop };
}

test('with nothing open a quiet partition appends nothing, for ever', async () => {
  const { clock, watch, appends } = setUp({});
  watch.noteRecords();
  await clock.advance(86_400_000);
  expect(appends).toEqual([]);
  expect(clock.sleeping).toBe(0);
});

test('after a start the log is asked once, because its newest record may be of long ago', async () => {
  const { clock, watch, appends } = setUp({ clockMs: 1_000, dueMs: 86_400_000 });
  watch.noteRecords();
  await clock.advance(10_000);
  expect(appends).toEqual([1_000]);
});

test('a bar that is due by what has passed since the last record is asked for, each second until it closes', async () => {
  const { clock, watch, fold, appends } = setUp({ clockMs: 10_000, dueMs: 13_000 });
  watch.noteRecords();
  await clock.advance(1_000);
  fold.clockMs = 11_000;
  await clock.advance(1_999);
  expect(appends).toEqual([1_000]);
  await clock.advance(1);
  // The log's clock is behind ours and the bar still open.
  fold.clockMs = 12_500;
  await clock.advance(1_000);
  expect(appends).toEqual([1_000, 3_000, 4_000]);
  fold.dueMs = undefined;
  await clock.advance(60_000);
  expect(appends).toHaveLength(3);
});

test('a bar that is far from due is asked for twice a minute, so that no clock can stall it', async () => {
  const { clock, watch, appends } = setUp({ dueMs: 86_400_000 });
  watch.noteRecords();
  await clock.advance(121_000);
  expect(appends).toEqual([1_000, 31_000, 61_000, 91_000, 121_000]);
});

test('held ticks are waited for by a Time record every 2 s, and by no more once they are settled', async () => {
  const { clock, watch, fold, appends } = setUp({ waitLeftMs: 60_000 });
  watch.noteRecords();
  await clock.advance(7_000);
  expect(appends).toEqual([1_000, 3_000, 5_000, 7_000]);
  fold.waitLeftMs = undefined;
  await clock.advance(600_000);
  expect(appends).toHaveLength(4);
  expect(clock.sleeping).toBe(0);
});

test('a publisher that gave a sign of life of late is waited for every 12 s, and every 2 s once it is silent', async () => {
  const { clock, watch, fold, appends } = setUp({ waitLeftMs: 590_001 });
  watch.noteRecords();
  await clock.advance(25_000);
  expect(appends).toEqual([1_000, 13_000, 25_000]);
  fold.waitLeftMs = 590_000;
  await clock.advance(5_000);
  expect(appends).toEqual([1_000, 13_000, 25_000, 27_000, 29_000]);
});

test('as long as publishers say every 10 s that they live, nothing is appended for them', async () => {
  const { clock, watch, appends } = setUp({ waitLeftMs: 600_000 });
  for (let turn = 0; turn < 20; turn += 1) {
    watch.noteRecords();
    await clock.advance(10_000);
  }
  // Once after the start.
  expect(appends).toEqual([1_000]);
});

test('a bar that is due soon is asked for in time, whatever else waits', async () => {
  const { clock, watch, appends } = setUp({ clockMs: 50_000, dueMs: 54_000, waitLeftMs: 600_000 });
  watch.noteRecords();
  await clock.advance(5_000);
  expect(appends).toEqual([1_000, 5_000]);
});

test('while records come, or wait to be folded, nothing is appended', async () => {
  let isWaiting = true;
  const { clock, watch, appends } = setUp({ dueMs: 1 }, () => isWaiting);
  for (let turn = 0; turn < 20; turn += 1) {
    watch.noteRecords();
    await clock.advance(500);
  }
  expect(appends).toEqual([]);
  isWaiting = false;
  await clock.advance(10_000);
  expect(appends).toEqual([]);
  isWaiting = true;
  await clock.advance(1_000);
  expect(appends).toHaveLength(1);
});

test('nothing is appended after the stop', async () => {
  const { clock, watch, appends, stop } = setUp({ dueMs: 1 });
  watch.noteRecords();
  stop.abort();
  await watch.settled();
  await clock.advance(10_000);
  expect(appends).toEqual([]);
});

test('a quiet partition follows the others every 2 s while they go on, and appends nothing once they rest', async () => {
  const { clock, watch, fold, pace, appends } = setUp({ clockMs: 50_000 });
  watch.noteRecords();
  for (let second = 1; second <= 9; second += 1) {
    pace.newestMs = 50_000 + 1_000 * second;
    watch.noteOthers();
    const before = appends.length;
    await clock.advance(1_000);
    if (appends.length > before) fold.clockMs = pace.newestMs;
  }
  expect(appends).toEqual([2_000, 4_000, 6_000, 8_000]);
  pace.newestMs = undefined;
  await clock.advance(86_400_000);
  expect(appends).toHaveLength(4);
  expect(clock.sleeping).toBe(0);
});

test('who is with the others, or never had a record, does not follow', async () => {
  for (const clockMs of [49_000, 0]) {
    const { clock, watch, pace, appends } = setUp({ clockMs });
    pace.newestMs = 50_000;
    watch.noteOthers();
    await clock.advance(60_000);
    expect(appends).toEqual([]);
    expect(clock.sleeping).toBe(0);
  }
});
