/** Keys that wait for their time. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DueKeys } from './due-keys.ts';

test('of two times of a key the earlier counts', () => {
  const due = new DueKeys<string>();
  due.add('a', 100, 'late');
  due.add('a', 50, 'early');
  due.add('a', 70, 'between');
  expect(due.nextMs()).toBe(50);
  expect(due.take(200)).toEqual({ key: 'a', value: 'early' });
  expect(due.take(200)).toBeUndefined();
});

test('any order of adding and removing gives the keys out in the order of their times, each once', () => {
  const operation = fc.record({
    key: fc.integer({ min: 0, max: 20 }).map(String),
    dueMs: fc.integer({ min: 0, max: 1_000 }),
    isRemoved: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 400 }), (operations) => {
      const due = new DueKeys<number>();
      const model = new Map<string, number>();
      for (const { key, dueMs, isRemoved } of operations) {
        if (isRemoved) {
          due.remove(key);
          model.delete(key);
        } else {
          due.add(key, dueMs, dueMs);
          model.set(key, Math.min(dueMs, model.get(key) ?? Infinity));
        }
        expect(due.size).toBe(model.size);
        expect(due.nextMs()).toBe(model.size === 0 ? undefined : Math.min(...model.values()));
      }
      const times: number[] = [];
      for (let next = due.take(Infinity); next !== undefined; next = due.take(Infinity)) {
        expect(next.value).toBe(model.get(next.key));
        expect(model.delete(next.key)).toBe(true);
        times.push(next.value);
      }
      expect(model.size).toBe(0);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    }),
  );
});
