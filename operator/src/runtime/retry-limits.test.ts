/** Waits of keys that fail. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RetryLimits } from './retry-limits.ts';

test('a key that fails again and again waits twice as long each time, from 5 ms up to 1,000 s', () => {
  const limits = new RetryLimits({ burst: 1_000 });
  const waits = Array.from({ length: 40 }, () => limits.waitMs('a', 0));
  expect(waits.slice(0, 4)).toEqual([5, 10, 20, 40]);
  expect(waits.at(-1)).toBe(1_000_000);
  expect(limits.failures('a')).toBe(40);
});

test('a key that succeeded begins at the first wait again', () => {
  const limits = new RetryLimits();
  limits.waitMs('a', 0);
  limits.waitMs('a', 0);
  limits.forget('a');
  expect(limits.waitMs('a', 0)).toBe(5);
});

test('of many keys that fail at once a hundred go on soon and the others ten a second', () => {
  const limits = new RetryLimits();
  const waits = Array.from({ length: 130 }, (_, index) => limits.waitMs(`key-${index}`, 0));
  expect(waits.slice(0, 100).every((ms) => ms === 5)).toBe(true);
  expect(waits[100]).toBeCloseTo(100);
  expect(waits[129]).toBeCloseTo(3_000);
  expect(limits.waitMs('later', 60_000)).toBe(5);
});

test('contradicting bounds are refused', () => {
  expect(() => new RetryLimits({ firstMs: 10, maxMs: 5 })).toThrow(RangeError);
  expect(() => new RetryLimits({ perSecond: 0 })).toThrow(RangeError);
});

test('over any time no more retries come due than the burst and the rate allow', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 0, max: 300 })), { maxLength: 300 }),
      (steps) => {
        const limits = new RetryLimits();
        const due: number[] = [];
        let nowMs = 0;
        for (const [stepMs, key] of steps) {
          nowMs += stepMs;
          due.push(nowMs + limits.waitMs(String(key), nowMs));
        }
        due.sort((a, b) => a - b);
        for (const [index, fromMs] of due.entries()) {
          const inSecond = due.slice(index).filter((ms) => ms < fromMs + 1_000).length;
          // What waits for its own sake may come together with what waited for the bucket: each once.
          if (inSecond > 2 * (100 + 10)) return false;
        }
        return true;
      },
    ),
  );
});
