/** How long terms hold that no record in the log bears out yet. */
import { expect, test } from 'vitest';
import { TimeDomain } from '../log/tick-columns.ts';
import { Placement } from '../placement/placement.ts';
import { PublishReaders, PublishStream } from './publish-stream.ts';
import type { TakeContext } from './stream-state.ts';
import { BoundedTermsMemory, type TermsUse } from './terms-memory.ts';

const cents = { priceExponent: -2, sizeExponent: 0, calendar: 'XNYS', currency: '', tickSize: 0 };
const finer = { ...cents, priceExponent: -4 };

function use(memory: BoundedTermsMemory, terms: typeof cents = cents): TermsUse {
  const given = memory.use('d', 'A', terms);
  if (given === undefined) throw new RangeError('the terms stay in any case');
  return given;
}

test('terms hold as long as one counts on them, and are taken back with the last one', () => {
  const memory = new BoundedTermsMemory();
  const [one, two] = [use(memory), use(memory, finer)];
  one.release();
  expect(memory.find('d', 'A')).toBe(cents);
  two.release();
  expect([memory.find('d', 'A'), memory.size]).toEqual([undefined, 0]);
  use(memory, finer);
  expect(memory.find('d', 'A')).toBe(finer);
});

test('terms stay once the ticks of one who counts on them are in the log', () => {
  const memory = new BoundedTermsMemory();
  const [one, two] = [use(memory), use(memory)];
  two.keep();
  one.release();
  expect([memory.find('d', 'A'), memory.use('d', 'A', finer)]).toEqual([cents, undefined]);
});

test('terms that the store knows stay', () => {
  const memory = new BoundedTermsMemory();
  memory.remember('d', 'A', cents);
  expect(memory.use('d', 'A', finer)).toBeUndefined();
});

test('who counted on terms that were forgotten at the bound takes nothing back from those that came after', () => {
  const memory = new BoundedTermsMemory(1);
  const old = use(memory);
  memory.remember('d', 'B', cents);
  use(memory, finer);
  old.release();
  expect(memory.find('d', 'A')).toBe(finer);
});

const identity = { publisherId: 1n, timeDomain: TimeDomain.live, dataset: 'd' };

function contextOf(terms: BoundedTermsMemory): TakeContext {
  return {
    nowNs: 1_700_000_000_000_000_000n,
    aheadMsMax: 60_000,
    placement: Placement.atHome(1),
    partitions: 1,
    terms,
    calendar: '24/7',
    unknown: new Set(['A']),
  };
}

const attributes = { kind: 1, venue: '', tape: 0, conditions: [], side: 0, flags: 0 } as const;
const row = { symbol: 'A', terms: cents, eventSec: 1_700_000_000, eventNano: 0, attributes, price: 1, size: 1 };

test('a message that is refused in the middle leaves no terms behind', () => {
  const memory = new BoundedTermsMemory();
  const stream = new PublishStream(identity, new PublishReaders());
  const broken = [
    { ...row, sequence: 1, link: 0 },
    { ...row, sequence: 3, link: 2 },
  ];
  expect(() => stream.takeTicks(broken, contextOf(memory))).toThrow(/link/);
  expect(memory.size).toBe(0);
});

test('a message counts once on the terms of an instrument, whatever the number of its ticks', () => {
  const memory = new BoundedTermsMemory();
  const stream = new PublishStream(identity, new PublishReaders());
  const ticks = [
    { ...row, sequence: 1, link: 0 },
    { ...row, sequence: 2, link: 1 },
  ];
  const taken = stream.takeTicks(ticks, contextOf(memory));
  if ('missing' in taken) throw new RangeError('nothing is missing');
  expect(taken.parts.map(({ uses }) => uses.length)).toEqual([1]);
  for (const { uses } of taken.parts) for (const one of uses) one.release();
  expect(memory.size).toBe(0);
  // Taken back for this stream too: its next message counts anew.
  const next = stream.takeTicks([{ ...row, sequence: 3, link: 2 }], contextOf(memory));
  expect('parts' in next ? next.parts.map(({ uses }) => uses.length) : []).toEqual([1]);
});
