/** Partitions over workers: examples worked out by hand, and the rules for any workers, partitions and rates. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assignPartitions, type AssignMember } from './assign-partitions.ts';

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function member(id: string, owned: readonly number[] = [], generation = 1): AssignMember {
  return { id, owned, generation };
}

const noRates = new Map<number, number>();

/** Partitions, rates of some of them, and members that claim some, also twice and also ones that do not exist. */
const anyGroup = fc
  .record({ count: fc.integer({ min: 0, max: 60 }), size: fc.integer({ min: 1, max: 9 }) })
  .chain(({ count, size }) =>
    fc.record({
      partitions: fc.constant(upTo(count)),
      rates: fc
        .array(fc.tuple(fc.nat(70), fc.oneof(fc.nat(100_000), fc.double())), { maxLength: 60 })
        .map((entries) => new Map(entries)),
      members: fc.array(fc.record({ owned: fc.array(fc.nat(70), { maxLength: 30 }), generation: fc.nat(5) }), {
        minLength: size,
        maxLength: size,
      }),
    }),
  )
  .map(({ members, ...rest }) => ({
    ...rest,
    members: members.map((claims, index) => ({ id: `w${index}`, ...claims })),
  }));

test('every partition is at exactly one worker, whatever is claimed', () => {
  fc.assert(
    fc.property(anyGroup, (group) => {
      const given = [...assignPartitions(group).values()].flat();
      expect(given.toSorted((one, other) => one - other)).toEqual(group.partitions);
    }),
  );
});

test('the order of workers, partitions and claims does not matter', () => {
  fc.assert(
    fc.property(anyGroup, fc.func(fc.nat()), (group, key) => {
      const shuffled = <Value>(values: readonly Value[]): Value[] =>
        values.toSorted((one, other) => key(one) - key(other));
      const members = shuffled(group.members).map((one) => ({ ...one, owned: shuffled(one.owned) }));
      const other = assignPartitions({ ...group, members, partitions: shuffled(group.partitions) });
      expect(Object.fromEntries(other)).toEqual(Object.fromEntries(assignPartitions(group)));
    }),
  );
});

test('with equal rates the counts differ by one at most', () => {
  fc.assert(
    fc.property(anyGroup, fc.boolean(), (group, isKnown) => {
      const rates = isKnown ? new Map(group.partitions.map((partition) => [partition, 12.5])) : noRates;
      const counts = [...assignPartitions({ ...group, rates }).values()].map(({ length }) => length);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }),
  );
});

test('the heaviest worker carries no more than the bound that is promised', () => {
  fc.assert(
    fc.property(
      anyGroup,
      fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 60, maxLength: 60 }),
      (group, list) => {
        if (group.partitions.length === 0) return;
        const rates = new Map(list.map((rate, partition) => [partition, rate]));
        // A partition weighs its rate and 5 % of the mean.
        const base = group.partitions.reduce((sum, each) => sum + (list[each] ?? 0), 0) / group.partitions.length / 20;
        const weight = (partition: number): number => (list[partition] ?? 0) + base;
        const loads = [...assignPartitions({ ...group, rates }).values()].map((given) =>
          given.reduce((sum, partition) => sum + weight(partition), 0),
        );
        const mean = loads.reduce((sum, load) => sum + load, 0) / loads.length;
        const heaviest = Math.max(...group.partitions.map(weight));
        expect(Math.max(...loads)).toBeLessThanOrEqual(Math.max(1.25 * mean, (mean + heaviest) / 0.9) * (1 + 1e-9));
      },
    ),
    { numRuns: 500 },
  );
});

test('what was spread stays as it is when it is spread again', () => {
  fc.assert(
    fc.property(anyGroup, (group) => {
      const first = assignPartitions(group);
      const members = [...first].map(([id, owned]) => member(id, owned));
      expect(Object.fromEntries(assignPartitions({ ...group, members }))).toEqual(Object.fromEntries(first));
    }),
  );
});

test('when a worker leaves, only its partitions move', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 12 }), fc.integer({ min: 1, max: 200 }), fc.nat(11), (size, count, gone) => {
      const partitions = upTo(count);
      const first = assignPartitions({ partitions, members: upTo(size).map((id) => member(`w${id}`)), rates: noRates });
      const left = [...first].filter((_, index) => index !== gone % size).map(([id, owned]) => member(id, owned));
      const second = assignPartitions({ partitions, members: left, rates: noRates });
      for (const { id, owned } of left) expect(second.get(id)).toEqual(expect.arrayContaining([...owned]));
    }),
  );
});

test('a worker that joins takes about its part, and nothing else moves', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 200 }), (size, count) => {
      const partitions = upTo(count);
      const first = assignPartitions({ partitions, members: upTo(size).map((id) => member(`w${id}`)), rates: noRates });
      const old = [...first].map(([id, owned]) => member(id, owned));
      const second = assignPartitions({ partitions, members: [...old, member('new')], rates: noRates });
      const taken = second.get('new') ?? [];
      expect(Math.abs(taken.length - count / (size + 1))).toBeLessThan(1);
      for (const { id, owned } of old) {
        expect(second.get(id)).toEqual(owned.filter((partition) => !taken.includes(partition)));
      }
    }),
  );
});

test('with uneven rates a worker that joins takes about its part of the load with few moves', () => {
  const partitions = upTo(200);
  const rates = new Map(partitions.map((partition) => [partition, 10_000 / (partition + 1)]));
  const first = assignPartitions({ partitions, members: ['a', 'b', 'c'].map((id) => member(id)), rates });
  const old = [...first].map(([id, owned]) => member(id, owned));
  const second = assignPartitions({ partitions, members: [...old, member('d')], rates });
  const load = (id: string): number => (second.get(id) ?? []).reduce((sum, each) => sum + (rates.get(each) ?? 0), 0);
  const mean = ['a', 'b', 'c', 'd'].reduce((sum, id) => sum + load(id), 0) / 4;
  expect(load('d')).toBeGreaterThan(mean * 0.8);
  const moved = old.flatMap(({ id, owned }) =>
    owned.filter((partition) => second.get(id)?.includes(partition) === false),
  );
  expect(moved.toSorted((one, other) => one - other)).toEqual(second.get('d'));
  expect(moved.length).toBeLessThanOrEqual(partitions.length / 2);
});

test('partitions move only if the higher load falls by a tenth', () => {
  const partitions = upTo(20);
  const members = [member('a', upTo(10)), member('b', upTo(20).slice(10))];
  const rates = (high: number): Map<number, number> =>
    new Map(partitions.map((partition) => [partition, partition < 10 ? high : 100]));
  // Evened out, 1,100 and 1,000 would be 1,050 each, which is 5 % less; 1,500 and 1,000 would be 1,250, 17 % less.
  expect(assignPartitions({ partitions, members, rates: rates(110) }).get('a')).toEqual(upTo(10));
  expect(assignPartitions({ partitions, members, rates: rates(150) }).get('a')?.length).toBeLessThan(10);
});

test('a partition that outweighs all others keeps its worker, and the others share the rest', () => {
  const partitions = upTo(9);
  const rates = new Map(partitions.map((partition) => [partition, partition === 0 ? 1_000 : 10]));
  const members = [member('a', upTo(9)), member('b'), member('c')];
  const given = assignPartitions({ partitions, members, rates });
  expect(given.get('a')).toEqual([0]);
  expect([given.get('b')?.length, given.get('c')?.length]).toEqual([4, 4]);
});

test('of two that claim a partition the newer keeps it, then the first by id', () => {
  const partitions = [0, 1];
  const newer = assignPartitions({
    partitions,
    members: [member('a', [0, 1], 3), member('b', [0], 4)],
    rates: noRates,
  });
  expect(Object.fromEntries(newer)).toEqual({ a: [1], b: [0] });
  const equal = assignPartitions({ partitions, members: [member('b', [1], 3), member('a', [1], 3)], rates: noRates });
  expect(Object.fromEntries(equal)).toEqual({ a: [1], b: [0] });
});

test('without workers nothing is spread, and more workers than partitions leave some without', () => {
  expect(assignPartitions({ partitions: [0], members: [], rates: noRates }).size).toBe(0);
  const given = assignPartitions({
    partitions: [0, 1],
    members: ['a', 'b', 'c'].map((id) => member(id)),
    rates: noRates,
  });
  expect([...given.values()].map(({ length }) => length).toSorted((one, other) => one - other)).toEqual([0, 1, 1]);
});

test('a thousand partitions over a hundred workers take less than 50 ms', () => {
  const partitions = upTo(1_000);
  const rates = new Map(partitions.map((partition) => [partition, 1e6 / (partition + 1)]));
  const members = upTo(99).map((id) => member(`w${id}`, partitions.slice(id * 10, id * 10 + 10)));
  const took = upTo(5).map(() => {
    const startMs = performance.now();
    assignPartitions({ partitions, members: [...members, member('new')], rates });
    return performance.now() - startMs;
  });
  expect(Math.min(...took)).toBeLessThan(50);
});
