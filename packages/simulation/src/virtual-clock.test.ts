/** The clock moves only when it is moved. */
import { expect, test } from 'vitest';
import { VirtualClock } from './virtual-clock.ts';

test('it stands where it was put, and moves by what it is told', () => {
  const clock = new VirtualClock(1_000);
  clock.advanceBy(0);
  expect(clock.nowMs).toBe(1_000);
  clock.advanceBy(250);
  clock.advanceTo(1_200);
  expect(clock.nowMs).toBe(1_250);
  clock.advanceTo(1_300);
  expect(clock.nowMs).toBe(1_300);
});

test('it goes back only as a step back', () => {
  const clock = new VirtualClock(1_000);
  clock.stepBackBy(400);
  expect(clock.nowMs).toBe(600);
  expect(() => clock.advanceBy(-1)).toThrow('advances by 0 ms or more');
  expect(() => clock.stepBackBy(Number.NaN)).toThrow('steps back by 0 ms or more');
});
