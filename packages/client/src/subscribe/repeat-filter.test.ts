/**
 * The filter of repeats. In: names with ranks, in any order and any number of times. Out: ranks that rise per name, the
 * highest always among them; a bounded memory.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RepeatFilter } from './repeat-filter.ts';

const sightings = fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.nat({ max: 2 }), fc.nat({ max: 5 })));

test('what goes through rises, and its last is the highest that came', () => {
  fc.assert(
    fc.property(sightings, (all) => {
      const filter = new RepeatFilter();
      const through = all.filter(([name, major, minor]) => filter.isNew(name, major, minor));
      for (const name of ['a', 'b']) {
        const ranks = (list: typeof all): number[] =>
          list.filter(([own]) => own === name).map(([, a, b]) => a * 10 + b);
        const passed = ranks(through);
        expect(passed).toEqual([...new Set(passed)].sort((left, right) => left - right));
        expect(passed.at(-1)).toBe(ranks(all).length === 0 ? undefined : Math.max(...ranks(all)));
      }
    }),
  );
});

test('it forgets the name that was not seen for the longest time', () => {
  const filter = new RepeatFilter(2);
  filter.isNew('a', 0, 1);
  filter.isNew('b', 0, 1);
  filter.isNew('a', 0, 2);
  filter.isNew('c', 0, 1);
  expect(filter.size).toBe(2);
  expect([filter.isAbove('a', 0, 2), filter.isAbove('b', 0, 1)]).toEqual([false, true]);
  filter.clear();
  expect(filter.isAbove('a', 0, 1)).toBe(true);
});
