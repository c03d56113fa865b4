/** What of a source is sent again after runs that ended well, badly, or long ago. */
import { expect, test } from 'vitest';
import type { ReplayPart } from '../replay-register.ts';
import { planReplay, type ReplaySymbols } from './replay-plan.ts';

const alive = 1n;
const dead = 2n;

function part(publisherId: bigint, symbols: ReplaySymbols, isFinished: boolean): ReplayPart {
  return { publisherId, symbols, isFinished, recipe: '' };
}

function plan(parts: readonly ReplayPart[], wanted: ReplaySymbols = 'all'): ReturnType<typeof planReplay> {
  return planReplay(parts, wanted, (id) => id !== dead);
}

test('a source that is new is sent under a new publisher', () => {
  expect(plan([])).toEqual({
    kind: 'send',
    part: 0,
    symbols: 'all',
    without: new Set(),
    noted: 'all',
    completes: true,
  });
});

test('a source that is complete is done, also a week later, and also for some of its symbols', () => {
  expect(plan([part(alive, 'all', true)])).toEqual({ kind: 'done' });
  expect(plan([part(dead, 'all', true)])).toEqual({ kind: 'done' });
  expect(plan([part(dead, 'all', true)], ['A'])).toEqual({ kind: 'done' });
});

test('a source that was interrupted goes on under its publisher', () => {
  expect(plan([part(alive, 'all', false)])).toMatchObject({
    kind: 'send',
    publisherId: alive,
    part: 0,
    completes: true,
  });
});

test('one whose publisher has expired since cannot go on', () => {
  expect(plan([part(dead, 'all', false)])).toEqual({ kind: 'expired', publisherId: dead });
  expect(plan([part(dead, ['A'], false)], ['A', 'B'])).toEqual({ kind: 'expired', publisherId: dead });
});

test('symbols that an expired publisher never had can be sent by a new one', () => {
  expect(plan([part(dead, ['A'], false)], ['B'])).toMatchObject({
    kind: 'send',
    part: 1,
    symbols: ['B'],
    noted: ['B'],
  });
});

test('after some symbols the others are sent by another publisher, without those that are in', () => {
  const others = plan([part(alive, ['A'], true)]);
  expect(others).toMatchObject({ kind: 'send', part: 1, symbols: 'all', without: new Set(['A']), completes: true });
  expect(others).not.toHaveProperty('publisherId');
  expect(plan([part(alive, ['A', 'B'], true)], ['A'])).toEqual({ kind: 'done' });
  expect(plan([part(alive, ['A'], true)], ['A', 'B'])).toMatchObject({ part: 1, symbols: ['B'] });
});

test('an interrupted publisher takes further symbols on, and is complete only once it has all that were noted', () => {
  expect(plan([part(alive, ['A'], false)], ['B'])).toMatchObject({
    publisherId: alive,
    symbols: ['B'],
    noted: ['A', 'B'],
    completes: false,
  });
  expect(plan([part(alive, ['A'], false)], ['A', 'B'])).toMatchObject({ noted: ['A', 'B'], completes: true });
  expect(plan([part(alive, 'all', false)], ['A'])).toMatchObject({ symbols: ['A'], noted: 'all', completes: false });
});
