/** Trades by number from several partitions: what waits, what is dropped, and the two bounds. */
import { expect, test } from 'vitest';
import type { TapeItem } from './tape-item.ts';
import { TradeOrder, waitingBytesMax, waitingMsMax } from './trade-order.ts';

function entry(number: number, stay: string = '0 0', bytes: number = 10, instrument: string = 's'): TapeItem {
  const names = { dataset: 'd', symbol: instrument, instrument };
  return { ...names, number, stay, epoch: Number(stay.split(' ')[1]), bytes: new Uint8Array(bytes) };
}

function numbersOf(items: readonly TapeItem[]): number[] {
  return items.map(({ number }) => number);
}

test('what comes in order is passed on as the same array, and repeats are dropped', () => {
  const order = new TradeOrder(['s'], []);
  const items = [entry(7), entry(8)];
  expect(order.pass(items, 0, 0)).toBe(items);
  expect(numbersOf(order.pass([entry(7), entry(8), entry(9)], 0, 1))).toEqual([9]);
  expect(order.sentNumbers()).toEqual([9]);
});

test('an entry of a later stay waits for the numbers before it, which may come from two partitions', () => {
  const order = new TradeOrder(['s', 't'], []);
  order.pass([entry(1)], 0, 0);
  expect(order.pass([entry(6, '2 9'), entry(1, '2 0', 10, 't')], 2, 40).map(({ instrument }) => instrument)).toEqual([
    't',
  ]);
  expect(order.pass([entry(4, '1 5'), entry(5, '1 5')], 1, 7)).toEqual([]);
  expect(Object.fromEntries(order.waitsFrom())).toEqual({ 1: 7, 2: 40 });
  expect(order.sentNumbers()).toEqual([1, 1]);
  expect(numbersOf(order.pass([entry(2), entry(3)], 0, 1))).toEqual([2, 3, 4, 5, 6]);
  expect([order.waitsFrom().size, order.sentNumbers()]).toEqual([0, [6, 1]]);
});

test('a number that is missing within one stay is of a damaged record and not waited for', () => {
  const order = new TradeOrder(['s'], []);
  order.pass([entry(1)], 0, 0);
  expect(numbersOf(order.pass([entry(3)], 0, 2))).toEqual([3]);
  expect(order.pass([entry(6, '1 5'), entry(8, '1 5')], 1, 0)).toEqual([]);
  expect(numbersOf(order.pass([entry(5)], 0, 4))).toEqual([5, 6, 8]);
});

test('numbers of a token hold from the first entry on', () => {
  const order = new TradeOrder(['s', 't'], [4]);
  expect(order.pass([entry(6, '1 5')], 1, 0)).toEqual([]);
  expect(numbersOf(order.pass([entry(3), entry(4), entry(5)], 0, 0))).toEqual([5, 6]);
});

test('a snapshot leaves out numbers; a token right after it does not say which were sent', () => {
  const order = new TradeOrder(['s'], []);
  expect(numbersOf(order.ofSnapshot([entry(3), entry(5), entry(4)]))).toEqual([3, 5]);
  expect(order.sentNumbers()).toEqual([]);
  expect(numbersOf(order.pass([entry(5), entry(6)], 0, 0))).toEqual([6]);
  expect(order.sentNumbers()).toEqual([6]);
});

test('a first entry of an instrument that moved waits for what may lie before it', () => {
  const live = new TradeOrder(['s'], []);
  expect(live.pass([entry(6, '1 5')], 1, 3)).toEqual([]);
  expect([live.settled(() => true), live.sentNumbers(), [...live.waitsFrom()]]).toEqual([[], [], [[1, 3]]]);
  expect(live.pass([entry(5, '2 4')], 2, 8)).toEqual([]);
  expect(numbersOf(live.settled(() => false))).toEqual([5, 6]);
  const resumed = new TradeOrder(['s'], []);
  const sec = 1_000_000_000n;
  expect(resumed.pass([entry(6, '1 5')], 1, 3, 10n * sec)).toEqual([]);
  expect(numbersOf(resumed.pass([entry(5), entry(7, '1 5')], 0, 8, 15n * sec))).toEqual([5, 6, 7]);
  const later = new TradeOrder(['s'], []);
  later.pass([entry(6, '1 5')], 1, 3, 10n * sec);
  expect(numbersOf(later.pass([], 0, 9, 15n * sec + 1n))).toEqual([6]);
});

test('what a snapshot left out is not waited for once nothing can come any more', () => {
  const order = new TradeOrder(['s'], []);
  order.ofSnapshot([entry(3)]);
  expect(order.pass([entry(6, '1 5')], 1, 3)).toEqual([]);
  expect(numbersOf(order.settled(() => false))).toEqual([6]);
  expect(order.pass([entry(8, '2 9')], 2, 0)).toEqual([]);
  expect(order.settled(() => false)).toEqual([]);
});

test('more bytes than may wait end the stream, which says what is missing', () => {
  const order = new TradeOrder(['s'], [1]);
  order.pass([entry(3, '1 5', waitingBytesMax)], 1, 0);
  expect(order.problem()).toBeUndefined();
  order.pass([entry(4, '1 5', 1)], 1, 1);
  expect(order.problem()).toMatchObject({
    status: 'UNAVAILABLE',
    reason: 'TAPE_INCOMPLETE',
    facts: { dataset: 'd', symbol: 's', number: '2' },
  });
});

test('a number that does not come in 10 s while nothing else is to be read ends the stream; each wait counts by itself', () => {
  const order = new TradeOrder(['s'], [1]);
  order.pass([entry(3, '1 5')], 1, 0);
  expect([order.problem(), order.problem(5_000)]).toEqual([undefined, undefined]);
  order.pass([entry(2), entry(5, '2 6')], 0, 0);
  expect(order.problem(5_000 + waitingMsMax)).toBeUndefined();
  expect(order.problem(5_000 + 2 * waitingMsMax)).toMatchObject({ reason: 'TAPE_INCOMPLETE', facts: { number: '4' } });
});
