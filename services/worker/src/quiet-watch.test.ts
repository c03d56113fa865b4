/** When a quiet partition asks the log for its time: while a bar waits for it, and never otherwise. */
import { decodeLogRecord } from '@tapeline/domain';
import { ManualClock } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { QuietWatch } from './quiet-watch.ts';

type Fold = { clockMs: number; dueMs: number | undefined };

function setUp(
  fold: Fold,
  isWaiting: () => boolean = () => true,
): {
  clock: ManualClock;
  watch: QuietWatch;
  appends: number[];
  stop: AbortController;
} {
  const clock = new ManualClock(0);
  const stop = new AbortController();
  const appends: number[] = [];
  const watch = new QuietWatch({
    fold,
    clock,
    stop: stop.signal,
    quietMs: 1_000,
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
  return { clock, watch, appends, stop };
}

test('with nothing open a quiet partition appends nothing, for ever', async () => {
  const { clock, watch, appends } = setUp({ clockMs: 0, dueMs: undefined });
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
  const fold: Fold = { clockMs: 10_000, dueMs: 13_000 };
  const { clock, watch, appends } = setUp(fold);
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
  const { clock, watch, appends } = setUp({ clockMs: 0, dueMs: 86_400_000 });
  watch.noteRecords();
  await clock.advance(121_000);
  expect(appends).toEqual([1_000, 31_000, 61_000, 91_000, 121_000]);
});

test('while records come, or wait to be folded, nothing is appended', async () => {
  let isWaiting = true;
  const { clock, watch, appends } = setUp({ clockMs: 0, dueMs: 1 }, () => isWaiting);
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
  const { clock, watch, appends, stop } = setUp({ clockMs: 0, dueMs: 1 });
  watch.noteRecords();
  stop.abort();
  await watch.settled();
  await clock.advance(10_000);
  expect(appends).toEqual([]);
});
