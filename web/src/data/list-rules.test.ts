/** What is on the screen of a long list, and when older bars are asked for. */
import { expect, test } from 'vitest';
import { afterFailure, afterPage, type OlderState, olderUnknown, wantsOlder } from './older-pages.ts';
import { rowByKey, scrollTo, visibleRows } from './visible-rows.ts';

test('only rows on the screen and a few beyond are elements, whatever the length', () => {
  expect(visibleRows(0, 700, 35, 5_000)).toEqual({ first: 0, end: 24 });
  expect(visibleRows(35_000, 700, 35, 5_000)).toEqual({ first: 996, end: 1_024 });
  expect(visibleRows(175_000, 700, 35, 5_000)).toEqual({ first: 4_996, end: 5_000 });
  expect(visibleRows(0, 700, 35, 0)).toEqual({ first: 0, end: 0 });
});

test('a list scrolls as little as needed to show a row as a whole', () => {
  expect(scrollTo(0, 100, 300, 30)).toBe(0);
  expect(scrollTo(20, 100, 300, 30)).toBe(330);
  expect(scrollTo(5, 100, 300, 30)).toBeUndefined();
});

test.each([
  ['ArrowDown', -1, 0],
  ['ArrowDown', 9, 9],
  ['ArrowUp', -1, 9],
  ['ArrowUp', 0, 0],
  ['PageDown', 2, 6],
  ['PageUp', 2, 0],
  ['Home', 5, 0],
  ['End', 5, 9],
  ['Enter', 5, undefined],
  ['toString', 5, undefined],
])('%s from row %d leads to %s', (key, index, target) => {
  expect(rowByKey(key, index, 10, 4)).toBe(target);
});

test('in an empty list no key leads anywhere', () => {
  expect(rowByKey('ArrowDown', -1, 0, 4)).toBeUndefined();
});

test('older bars are asked for near the left edge, one read at a time, until there are none or the chart is full', () => {
  const wants = (state: OlderState, firstVisible: number, isFull = false): boolean =>
    wantsOlder(state, firstVisible, 600, isFull, 1_000);
  expect([wants(olderUnknown, 149), wants(olderUnknown, 150), wants(olderUnknown, -3)]).toEqual([true, false, true]);
  expect(wants({ ...olderUnknown, isReading: true }, 0)).toBe(false);
  expect(wants(olderUnknown, 0, true)).toBe(false);
  expect([wants(afterPage(true), 0), wants(afterPage(false), 0)]).toEqual([false, true]);
  expect(wantsOlder(olderUnknown, 0, 0, false, 1_000)).toBe(false);
});

test('after failures the wait doubles up to 30 s, and a page ends it', () => {
  let state = olderUnknown;
  const waits: number[] = [];
  for (let failure = 0; failure < 7; failure += 1) {
    state = afterFailure({ ...state, isReading: true }, 10_000);
    waits.push(state.notBeforeMs - 10_000);
  }
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  expect(wantsOlder(state, 0, 600, false, 39_999)).toBe(false);
  expect(wantsOlder(state, 0, 600, false, 40_000)).toBe(true);
  expect(afterPage(false)).toEqual(olderUnknown);
});
