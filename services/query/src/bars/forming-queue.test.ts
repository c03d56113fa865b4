/** Forming bars for one reader: the newest of each, not too often, never more than the bound. */
import { ManualClock } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { exampleBar } from '../../test-kit/example-bar.ts';
import { FormingQueue } from './forming-queue.ts';
import { type LiveBar, liveBar } from './live-bar.ts';

function forming(startSec: number, revision: number): LiveBar {
  return liveBar(exampleBar({ startSec, revision, state: 'forming' }));
}

function made(): { clock: ManualClock; queue: FormingQueue; counts: { woken: number; conflated: number } } {
  const clock = new ManualClock();
  const counts = { woken: 0, conflated: 0 };
  const queue = new FormingQueue({ clock, everyMs: 10, barsMax: 3, onConflated: () => (counts.conflated += 1) });
  queue.start(() => (counts.woken += 1));
  return { clock, queue, counts };
}

test('the first bars come at once, those within the pause once it is over, of each the newest', async () => {
  const { clock, queue, counts } = made();
  queue.offer([forming(0, 1)]);
  expect([counts.woken, queue.take().length]).toEqual([1, 1]);
  for (let revision = 2; revision <= 50; revision += 1) queue.offer([forming(0, revision), forming(60, revision)]);
  expect([counts.woken, queue.take()]).toEqual([1, []]);
  await clock.advance(10);
  expect(counts.woken).toBe(2);
  expect(queue.take().map(({ startSec, rank }) => [startSec, rank.revision])).toEqual([
    [0, 50],
    [60, 50],
  ]);
  expect(counts.conflated).toBe(96);
  expect(clock.sleeping).toBe(0);
});

test('at the bound the bar that waited longest is left out', () => {
  const { queue, counts } = made();
  queue.offer([forming(0, 1), forming(60, 1), forming(0, 2), forming(120, 1), forming(180, 1)]);
  expect(queue.take().map(({ startSec }) => startSec)).toEqual([0, 120, 180]);
  expect(counts.conflated).toBe(2);
});

test('what was offered before the start wakes at the start, and nothing does after the stop', async () => {
  const clock = new ManualClock();
  const queue = new FormingQueue({ clock, everyMs: 10, barsMax: 3, onConflated: () => undefined });
  let woken = 0;
  queue.offer([forming(0, 1)]);
  queue.start(() => (woken += 1));
  expect([woken, queue.take().length]).toEqual([1, 1]);
  queue.offer([forming(0, 2)]);
  queue.stop();
  await clock.advance(100);
  expect([woken, queue.take()]).toEqual([1, []]);
});
