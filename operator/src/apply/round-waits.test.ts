/** The waits between rounds grow while the same goes on, up to a minute, and begin anew when it changed. */
import { expect, test } from 'vitest';
import { RoundWaits } from './round-waits.ts';

const noChance = { next: () => 0, bits: () => 0n };

test('rounds that go on changing something come further and further apart', () => {
  const waits = new RoundWaits(noChance);
  const acted = Array.from({ length: 12 }, () => waits.after('a', 'acted'));
  expect(acted.slice(0, 4)).toEqual([200, 400, 800, 1_600]);
  expect(acted.at(-1)).toBe(60_000);
  expect(waits.after('b', 'acted')).toBe(200);
});

test('another kind of round begins anew, and a settled one is looked at once a minute', () => {
  const waits = new RoundWaits(noChance);
  expect([waits.after('a', 'acted'), waits.after('a', 'waiting'), waits.after('a', 'waiting')]).toEqual([
    200, 1_000, 2_000,
  ]);
  expect([waits.after('a', 'settled'), waits.after('a', 'settled'), waits.after('a', 'waiting')]).toEqual([
    60_000, 60_000, 1_000,
  ]);
});

test('chance takes up to a fifth away', () => {
  const waits = new RoundWaits({ ...noChance, next: () => 0.999_999 });
  expect(waits.after('a', 'settled')).toBe(48_000);
});

test('one that is gone is forgotten', () => {
  const waits = new RoundWaits(noChance);
  waits.after('a', 'acted');
  waits.forget('a');
  expect(waits.after('a', 'acted')).toBe(200);
});
