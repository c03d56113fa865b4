/**
 * Progress of quiet instruments. In: ticks in order of time. Out: what is said is true, comes at the ends of bars, and is
 * said again after a reconnect until it is settled.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProgressBook } from './progress-book.ts';

test('an instrument is told of as its short bars end, then once a minute', () => {
  const book = new ProgressBook(0);
  book.tick('QUIET', 1, 2);
  const said: number[] = [];
  for (let sec = 2; sec <= 200; sec += 1) {
    book.tick('BUSY', sec, sec);
    book.collect();
    for (const due of book.take(10, sec, sec)) if (due.symbol === 'QUIET') said.push(due.timeSec);
  }
  expect(said).toEqual([3, 5, 10, 15, 30, 60, 120, 180]);
});

test('what is said is never after what may still come, and names the last tick', () => {
  const gaps = fc.array(fc.tuple(fc.constantFrom('A', 'B', 'C'), fc.integer({ min: 0, max: 50 })), { maxLength: 100 });
  fc.assert(
    fc.property(gaps, fc.integer({ min: 0, max: 5 }), (ticks, slackSec) => {
      const book = new ProgressBook(slackSec);
      let sec = 1_000;
      const links = new Map<string, number>();
      for (const [index, [symbol, gap]] of ticks.entries()) {
        sec += gap;
        book.tick(symbol, index + 1, sec);
        links.set(symbol, index + 1);
        book.collect();
        for (const due of book.take(10, index + 1, index + 2)) {
          expect(due.timeSec).toBeLessThanOrEqual(sec - slackSec);
          expect(due.link).toBe(links.get(due.symbol));
        }
      }
    }),
  );
});

test('progress waits for its tick to be sent, is bounded a message, and is sent again until settled', () => {
  const book = new ProgressBook(0);
  book.tick('A', 1, 0);
  book.tick('B', 2, 0);
  book.reach(60);
  book.collect();
  expect(book.take(10, 1, 5)).toEqual([{ symbol: 'A', link: 1, timeSec: 60 }]);
  expect(book.take(1, 2, 6)).toHaveLength(1);
  expect(book.take(10, 2, 7)).toEqual([]);
  book.settle(5);
  expect(book.isSettled).toBe(false);
  book.rewind();
  expect(book.take(10, 2, 2)).toEqual([{ symbol: 'B', link: 2, timeSec: 60 }]);
  book.settle(2);
  expect(book.isSettled).toBe(true);
});

test('instruments of before a restart are told of', () => {
  const book = new ProgressBook(0);
  book.know('OLD', 7);
  book.tick('NEW', 8, 90);
  book.collect();
  expect(book.take(10, 8, 2)).toContainEqual({ symbol: 'OLD', link: 7, timeSec: 60 });
});
