/** Amended trades are found by identity and by every id that they ever had, in the order of their first amendment. */
import { expect, test } from 'vitest';
import type { Amendment, TickName } from './amendment.ts';
import { Amendments } from './amendments.ts';

function amended(
  sequence: number,
  tradeIds: readonly string[],
  venue = 'P',
  corrections: readonly TickName[] = [],
): Amendment {
  return { publisher: 0, sequence, tradeIds, venue, corrections } as Amendment;
}

function listOf(...amendments: readonly Amendment[]): Amendments {
  const list = new Amendments();
  for (const amendment of amendments) list.set(amendment);
  return list;
}

test('of several trades with one id the one that was amended first is named, also where it got the id last', () => {
  const list = listOf(amended(5, ['a']), amended(3, ['b']), amended(9, ['b']));
  expect(list.named('b', 'P')?.sequence).toBe(3);
  list.set(amended(5, ['a', 'b']));
  expect(list.named('b', '')?.sequence).toBe(5);
  expect([...list.values()].map(({ sequence }) => sequence)).toEqual([5, 3, 9]);
});

test('an id names a trade on its venue, or on any venue where none is said', () => {
  const list = listOf(amended(1, ['a'], 'P'), amended(2, ['a'], 'Q'));
  expect([list.named('a', 'Q'), list.named('a', 'Z'), list.named('a', '')].map((found) => found?.sequence)).toEqual([
    2,
    undefined,
    1,
  ]);
});

test('a trade is found by the corrections that it has, until it is deleted', () => {
  const [one, other] = [
    { publisher: 0, sequence: 7 },
    { publisher: 1, sequence: 8 },
  ] as const;
  const list = listOf(amended(1, [], 'P', [one]), amended(2, [], 'P', [other]));
  const found = (publisher: number, sequence: number): number | undefined =>
    list.correctedBy(publisher, sequence)?.sequence;
  expect([found(0, 7), found(1, 8), found(1, 7), found(0, 1)]).toEqual([1, 2, undefined, undefined]);
  list.set(amended(1, [], 'P', [{ publisher: 0, sequence: 9 }]));
  expect([found(0, 7), found(0, 9)]).toEqual([undefined, 1]);
  list.delete(amended(2, []));
  expect([found(1, 8), found(0, 9)]).toEqual([undefined, 1]);
});

test('what is deleted is named no more, and those passed may be deleted on the way', () => {
  const list = listOf(amended(1, ['a']), amended(2, ['a', 'b']), amended(3, []));
  for (const amendment of list.values()) if (amendment.sequence < 3) list.delete(amendment);
  expect([list.size, list.named('a', ''), list.named('b', ''), list.get(0, 2)]).toEqual([
    1,
    ...Array(3).fill(undefined),
  ]);
  expect(list.get(0, 3)?.sequence).toBe(3);
});
