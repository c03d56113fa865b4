/** How much may wait for a store that is fast, slow, away and back. */
import { expect, test } from 'vitest';
import { OutboxWindow, windowBytesMin } from './outbox-window.ts';

test('it begins small, and holds what a write shows that they take within the time', () => {
  const window = new OutboxWindow(2_000, 16e6);
  expect(window.bytes).toBe(windowBytesMin);
  window.note(200_000, 100);
  expect(window.bytes).toBe(4_000_000);
});

test('small writes, and those without bytes or time, take nothing back', () => {
  const window = new OutboxWindow(2_000, 16e6);
  window.note(200_000, 100);
  for (const [bytes, tookMs] of [
    [0, 0.02],
    [0, 0],
    [320, 5],
    [320, 2_000],
    [5_000, 0],
  ] as const) {
    window.note(bytes, tookMs);
    expect(window.bytes).toBe(4_000_000);
  }
});

test('a write that takes longer than the time shows what is too much; how fast they are again shows the next one', () => {
  const window = new OutboxWindow(2_000, 16e6);
  window.note(400_000, 100);
  window.note(4_000_000, 8_000);
  expect(window.bytes).toBe(1_000_000);
  // More than was known before is no reason to take more.
  window.note(3_000_000, 2_500);
  expect(window.bytes).toBe(1_000_000);
  window.note(1_000, 60_000);
  expect(window.bytes).toBe(windowBytesMin);
  window.note(windowBytesMin, 10);
  expect(window.bytes).toBe(16e6);
});

test('it keeps between its bounds', () => {
  const small = new OutboxWindow(2_000, 1);
  expect(small.bytes).toBe(1);
  small.note(1_000, 1);
  expect(small.bytes).toBe(1);
  small.note(1_000, 60_000);
  expect(small.bytes).toBe(1);
});
