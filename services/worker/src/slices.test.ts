/** Work in slices lets everything else have its turn, and ends at a stop. */
import { expect, test } from 'vitest';
import { inSlices, oneSlice } from './slices.ts';

/** Each look takes 2 ms, so a slice is three calls. */
function slowClock(): { monotonicMs(): number } {
  let nowMs = 0;
  return { monotonicMs: () => (nowMs += 2) };
}

test('a slice ends with the result, or with its time', () => {
  let calls = 0;
  const work = (): number | undefined => ((calls += 1) === 5 ? calls : undefined);
  const clock = slowClock();
  expect([oneSlice(clock, work), calls, oneSlice(clock, work), calls]).toEqual([undefined, 3, 5, 5]);
});

test('between two slices the process has a turn at everything else', async () => {
  let [calls, turns, isOver] = [0, 0, false];
  const turn = (): void => {
    turns += 1;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  const work = (): string | undefined => ((calls += 1) === 30 ? 'done' : undefined);
  expect(await inSlices(slowClock(), new AbortController().signal, work)).toBe('done');
  isOver = true;
  expect(turns).toBeGreaterThanOrEqual(9);
});

test('a stop ends it without a result', async () => {
  const stop = new AbortController();
  let calls = 0;
  const work = (): undefined => void ((calls += 1) === 4 && stop.abort());
  expect(await inSlices(slowClock(), stop.signal, work)).toBeUndefined();
  expect(calls).toBe(6);
  expect(await inSlices(slowClock(), stop.signal, work)).toBeUndefined();
  expect(calls).toBe(6);
});
