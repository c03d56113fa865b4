/** Forming bars reach who listens, wishes are told once, and neither a listener's defect nor too many of them do harm. */
import { expect, test } from 'vitest';
import { FormingBoard, formingListenersMax, formingWantedMax } from './forming-board.ts';

const unheard = { failed: (error: unknown): never => expect.unreachable(String(error)) };

test('a listener that fails is told of once and hears no more; the others hear on', () => {
  const errors: unknown[] = [];
  const board = new FormingBoard({ failed: (error) => errors.push(error) });
  const defect = new Error('a defect');
  let heard = 0;
  board.subscribe(() => {
    throw defect;
  });
  board.subscribe(() => (heard += 1));
  board.publish([]);
  board.publish([]);
  expect([heard, errors]).toEqual([2, [defect]]);
});

test('past the bound of listeners the next is refused until one stops', () => {
  const board = new FormingBoard(unheard);
  const stops = Array.from({ length: formingListenersMax }, () => board.subscribe(() => undefined));
  expect(() => board.subscribe(() => undefined)).toThrow(new RangeError('10000 listen to forming bars already'));
  stops[0]?.();
  board.subscribe(() => undefined);
});

test('past the bound of wanted instruments the next is refused, those already wanted are not', () => {
  const board = new FormingBoard(unheard);
  for (let number = 0; number < formingWantedMax; number += 1) board.want('d', String(number));
  expect(() => board.want('d', 'one more')).toThrow('forming bars of 1000000 instruments are wanted already');
  board.want('d', '7')();
  expect(board.isWanted('d', '7')).toBe(true);
});

test('that an instrument begins and ceases to be wanted is told once each, however many want it', () => {
  const told: unknown[] = [];
  const board: FormingBoard = new FormingBoard({
    ...unheard,
    changed: (key, { dataset, symbol }) => told.push([dataset, symbol, board.wanted.has(key)]),
  });
  const releases = [board.want('d', 'A'), board.want('d', 'A'), board.want('d', 'B')];
  expect([...board.wanted.values()]).toMatchObject([{ symbol: 'A' }, { symbol: 'B' }]);
  releases[0]?.();
  releases[0]?.();
  releases[1]?.();
  expect(told).toEqual([
    ['d', 'A', true],
    ['d', 'B', true],
    ['d', 'A', false],
  ]);
});
