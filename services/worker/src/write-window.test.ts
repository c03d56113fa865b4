/** How much may wait for a store that is fast, slow, away and back. */
import { expect, test } from 'vitest';
import { WriteWindow, windowBytesMin } from './write-window.ts';

test('it begins small, and holds what the last write would take within the time', () => {
  const window = new WriteWindow(2_000, 16e6);
  expect(window.bytes).toBe(windowBytesMin);
  window.note(200_000, 100);
  expect(window.bytes).toBe(4_000_000);
  window.note(4_000_000, 8_000);
  expect(window.bytes).toBe(1_000_000);
});

test('however slow or fast a write was, it keeps between its bounds', () => {
  const window = new WriteWindow(2_000, 16e6);
  window.note(1_000, 60_000);
  expect(window.bytes).toBe(windowBytesMin);
  window.note(windowBytesMin, 0);
  expect(window.bytes).toBe(16e6);
  const small = new WriteWindow(2_000, 1);
  expect(small.bytes).toBe(1);
  small.note(1_000, 1);
  expect(small.bytes).toBe(1);
});
