/** Callers of forming bars: the newest of each for whoever is slow, bounds that are reached, and nothing left behind. */
import type { Bar } from '@tapeline/domain';
import { expect, test } from 'vitest';
import { barAt } from '../test-kit/sample-bar.ts';
import { callersMax, type FormingCaller, FormingDesk, keptMax, pendingMax } from './forming-desk.ts';

const never = new AbortController().signal;

/** A desk over a hub that notes what is wanted. */
function setUp(owned: readonly number[] = [0]): {
  desk: FormingDesk;
  publish: (symbol: string, close?: number) => void;
  wanted: Map<string, number>;
  conflated: () => number;
  listeners: Set<(bars: readonly Bar[]) => void>;
} {
  const listeners = new Set<(bars: readonly Bar[]) => void>();
  const wanted = new Map<string, number>();
  let conflated = 0;
  const desk = new FormingDesk({
    forming: {
      subscribe: (listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
      want: (dataset, symbol) => {
        const name = `${dataset} ${symbol}`;
        wanted.set(name, (wanted.get(name) ?? 0) + 1);
        return () => void wanted.set(name, (wanted.get(name) ?? 0) - 1);
      },
    },
    serves: ({ position }) => owned.includes(position.partition),
    onConflated: () => (conflated += 1),
  });
  const publish = (symbol: string, close = 1): void => {
    const bar = { ...barAt(0), dataset: 'd', symbol, close };
    for (const listener of listeners) listener([bar]);
  };
  return { desk, publish, wanted, conflated: () => conflated, listeners };
}

function joined(desk: FormingDesk): FormingCaller {
  const caller = desk.join();
  if (caller === undefined) throw new RangeError('the desk is full');
  return caller;
}

test('a caller that does not take gets the newest of each instrument, in the order in which they first came', () => {
  const { desk, publish, conflated } = setUp();
  const caller = joined(desk);
  caller.want('d', 'A');
  caller.want('d', 'B');
  for (const close of [1, 2, 3]) publish('A', close);
  publish('B', 4);
  publish('A', 5);
  publish('C', 6);
  expect(caller.take(100).map(({ symbol, close }) => [symbol, close])).toEqual([
    ['A', 5],
    ['B', 4],
  ]);
  expect(caller.take(100)).toEqual([]);
  expect(conflated()).toBe(3);
});

test('one caller that is slow delays no other', () => {
  const { desk, publish } = setUp();
  const [slow, quick] = [joined(desk), joined(desk)];
  for (const caller of [slow, quick]) caller.want('d', 'A');
  const taken: (number | null)[] = [];
  for (const close of [1, 2, 3]) {
    publish('A', close);
    taken.push(...quick.take(10).map((bar) => bar.close));
  }
  expect(taken).toEqual([1, 2, 3]);
  expect(slow.take(10).map((bar) => bar.close)).toEqual([3]);
});

test('a response takes so many bars at most, but one publication whole', () => {
  const { desk, publish } = setUp();
  const caller = joined(desk);
  for (const symbol of ['A', 'B', 'C']) {
    caller.want('d', symbol);
    publish(symbol);
  }
  expect(caller.take(0)).toHaveLength(1);
  expect(caller.take(2)).toHaveLength(2);
});

test('waiting ends with the next bars, at once if some wait already, and with the signal', async () => {
  const { desk, publish } = setUp();
  const caller = joined(desk);
  caller.want('d', 'A');
  const first = caller.some(never);
  publish('A');
  await first;
  await caller.some(never);
  caller.take(10);
  const stop = new AbortController();
  const second = caller.some(stop.signal);
  stop.abort();
  await second;
  expect(caller.take(10)).toEqual([]);
});

test('an instrument is wanted as long as any caller wants it, and nothing is left when all have gone', () => {
  const { desk, wanted, listeners, publish } = setUp();
  const [first, second] = [joined(desk), joined(desk)];
  first.want('d', 'A');
  first.want('d', 'A');
  second.want('d', 'A');
  first.unwant('d', 'A');
  first.unwant('d', 'A');
  expect(wanted.get('d A')).toBe(1);
  publish('A');
  expect(first.take(10)).toEqual([]);
  second.leave();
  first.leave();
  second.leave();
  expect(wanted.get('d A')).toBe(0);
  expect(listeners.size).toBe(0);
  expect(desk.callers).toBe(0);
});

test('what was heard before is told to who comes later, unless the partition belongs to another worker by now', () => {
  const owned = [0];
  const { desk, publish } = setUp(owned);
  joined(desk).want('d', 'A');
  publish('A', 7);
  const second = joined(desk);
  second.want('d', 'A');
  expect(second.take(10).map(({ close }) => close)).toEqual([7]);
  owned.pop();
  const third = joined(desk);
  third.want('d', 'A');
  expect(third.take(10)).toEqual([]);
});

test('past the bound of callers nobody is taken in until one leaves', () => {
  const { desk } = setUp();
  const callers = Array.from({ length: callersMax }, () => joined(desk));
  expect(desk.join()).toBeUndefined();
  callers[0]?.leave();
  expect(desk.join()).toBeDefined();
});

test('past the bound of what waits the instrument that waited longest is left out, and counted', () => {
  const { desk, publish, conflated } = setUp();
  const caller = joined(desk);
  for (let number = 0; number <= pendingMax; number += 1) caller.want('d', `S${number}`);
  for (let number = 0; number <= pendingMax; number += 1) publish(`S${number}`);
  const symbols = caller.take(Infinity).map(({ symbol }) => symbol);
  expect(symbols).toHaveLength(pendingMax);
  expect(symbols[0]).toBe('S1');
  expect(conflated()).toBe(1);
});

test('past the bound of what is kept an instrument is not told to who comes later, only its next change', () => {
  const { desk, publish } = setUp();
  const caller = joined(desk);
  for (let number = 0; number <= keptMax; number += 1) {
    caller.want('d', `S${number}`);
    publish(`S${number}`);
  }
  const second = joined(desk);
  second.want('d', 'S0');
  second.want('d', `S${keptMax}`);
  expect(second.take(10).map(({ symbol }) => symbol)).toEqual(['S0']);
  publish(`S${keptMax}`);
  expect(second.take(10).map(({ symbol }) => symbol)).toEqual([`S${keptMax}`]);
});
