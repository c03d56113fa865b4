/** How far publishers are known to be: a lower bound with a bound. */
import { expect, test } from 'vitest';
import { SettledSequences } from './settled-sequences.ts';

function run(symbol: string, link: number, sequence: number): { symbol: string; link: number; sequence: number } {
  return { symbol, link, sequence };
}

test('a run counts where it joins what is known, whichever part comes again', () => {
  const settled = new SettledSequences();
  settled.reach(1n, 'd', [run('A', 0, 5)]);
  settled.reach(1n, 'd', [run('A', 3, 4)]);
  settled.reach(1n, 'd', [run('A', 5, 9), run('B', 7, 8)]);
  settled.reach(1n, 'd', [run('A', 12, 15)]);
  expect(settled.list(1n, '', undefined)).toEqual([{ dataset: 'd', symbol: 'A', sequence: 9 }]);
});

test('publishers and datasets are told apart, and lists go on after a place', () => {
  const settled = new SettledSequences();
  settled.reach(1n, 'e', [run('B', 0, 1), run('A', 0, 2)]);
  settled.reach(1n, 'd', [run('Z', 0, 3)]);
  settled.reach(2n, 'd', [run('A', 0, 4)]);
  const names = settled.list(1n, '', undefined).map(({ dataset, symbol }) => dataset + symbol);
  expect(names).toEqual(['dZ', 'eA', 'eB']);
  expect(settled.list(1n, '', { dataset: 'e', symbol: 'A' }).map(({ symbol }) => symbol)).toEqual(['B']);
  expect(settled.list(1n, 'd', undefined).map(({ symbol }) => symbol)).toEqual(['Z']);
  expect(settled.list(3n, '', undefined)).toEqual([]);
});

test('at the bound whole publishers are forgotten, those first that settled nothing for longest', () => {
  const settled = new SettledSequences(3);
  settled.reach(1n, 'd', [run('A', 0, 1)]);
  settled.reach(2n, 'd', [run('A', 0, 1)]);
  settled.reach(1n, 'd', [run('A', 1, 2)]);
  settled.reach(3n, 'd', [run('A', 0, 1), run('B', 0, 2)]);
  expect(settled.size).toBe(3);
  expect(settled.list(2n, '', undefined)).toEqual([]);
  expect(settled.list(1n, '', undefined)).toMatchObject([{ sequence: 2 }]);
  settled.reach(3n, 'd', [run('C', 0, 3), run('D', 0, 4)]);
  expect(settled.list(1n, '', undefined)).toEqual([]);
  expect(settled.list(3n, '', undefined).map(({ symbol }) => symbol)).toEqual(['A', 'B', 'C']);
});

test('a publisher of which nothing is known takes no room', () => {
  const settled = new SettledSequences(1);
  for (let id = 1n; id <= 100n; id += 1n) settled.reach(id, 'd', [run('A', 5, 6)]);
  expect(settled.size).toBe(0);
});
