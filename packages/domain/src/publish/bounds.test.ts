/** What ingest remembers is bounded, and what happens at the bound. */
import { expect, test } from 'vitest';
import { TimeDomain } from '../log/tick-columns.ts';
import { Placement } from '../placement/placement.ts';
import { AttributeCache } from './attribute-cache.ts';
import { readPublishMessage } from './publish-message.ts';
import { PublishReaders, PublishStream } from './publish-stream.ts';
import { rejection } from './refusal.ts';
import { StreamInstruments } from './stream-instruments.ts';
import type { TakeContext } from './stream-state.ts';
import { BoundedTermsMemory } from './terms-memory.ts';

const terms = { priceExponent: -2, sizeExponent: 0, calendar: 'XNYS', currency: '', tickSize: 0 };

test('terms that were not asked for longest are forgotten first', () => {
  const memory = new BoundedTermsMemory(2);
  memory.remember('d', 'A', terms);
  memory.remember('d', 'B', terms);
  expect(memory.find('d', 'A')).toBe(terms);
  memory.remember('d', 'C', terms);
  expect([memory.find('d', 'A'), memory.find('d', 'B'), memory.size]).toEqual([terms, undefined, 2]);
});

test('terms of one dataset are not those of another that joins to the same text', () => {
  const memory = new BoundedTermsMemory();
  memory.remember('ab', 'c', terms);
  expect(memory.find('a', 'bc')).toBeUndefined();
});

test('a stream forgets its oldest instruments and then takes their links as given', () => {
  const instruments = new StreamInstruments(2);
  const first = instruments.at('A');
  first.carried = true;
  instruments.at('B');
  instruments.at('C');
  expect([instruments.size, instruments.find('A')]).toEqual([2, undefined]);
  expect(instruments.at('A').carried).toBe(false);
});

test('attributes are one object for equal values, also beyond the bound, and never mixed up', () => {
  const cache = new AttributeCache();
  const one = cache.of(1, 'Q', 3, ['@', 'F'], 0, 0);
  for (let venue = 0; venue < 20_000; venue += 1) cache.of(1, `V${venue}`, 0, [], 0, 0);
  expect(cache.of(1, 'Q', 3, ['@', 'F'], 0, 0)).toEqual(one);
  expect(cache.of(1, 'Q', 3, ['@F'], 0, 0)).not.toEqual(one);
  expect(cache.of(1, 'Q', 3, ['@', 'F'], 0, 0)).toBe(cache.of(1, 'Q', 3, ['@', 'F'], 0, 0));
});

test('facts are at most 16 of at most 256 characters', () => {
  const many = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`f${index}`, 'x'.repeat(300)]));
  const { facts } = rejection('FIELD_INVALID', 'too much', many);
  expect(Object.keys(facts).length).toBe(16);
  expect(Math.max(...Object.values(facts).map(({ length }) => length))).toBe(256);
});

test('a progress of more instruments than may be is refused as such', () => {
  const { rows } = new PublishReaders();
  const reached = Uint8Array.from({ length: 2 * 2_001 }, (_, index) => (index % 2 === 0 ? 10 : 0));
  const progress = Uint8Array.of(26, ...lengthOf(reached.length), ...reached);
  expect(() => readPublishMessage(progress, rows)).toThrow(/more than 2000 instruments/);
});

function lengthOf(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, Math.floor(value / 128)];
}

const context: TakeContext = {
  nowNs: 1_700_000_000_000_000_000n,
  aheadMsMax: 60_000,
  placement: Placement.atHome(1),
  partitions: 1,
  terms: { find: () => undefined, pinOf: () => undefined, use: () => undefined },
  calendar: '24/7',
  unknown: new Set(),
};

test('nothing is taken before unknown instruments were asked for, and each is named once', () => {
  const identity = { publisherId: 1n, timeDomain: TimeDomain.live, dataset: 'd' };
  const stream = new PublishStream(identity, new PublishReaders());
  const attributes = { kind: 1, venue: '', tape: 0, conditions: [], side: 0, flags: 0 } as const;
  const row = { terms, eventSec: 1_700_000_000, eventNano: 0, attributes, price: 1, size: 1 };
  const rows = [
    { ...row, symbol: 'A', sequence: 1, link: 0 },
    { ...row, symbol: 'B', sequence: 2, link: 0 },
    { ...row, symbol: 'A', sequence: 3, link: 1 },
  ];
  expect(stream.takeTicks(rows, context)).toEqual({ missing: ['A', 'B'] });
  const taken = stream.takeTicks(rows, { ...context, unknown: new Set(['A', 'B']) });
  expect(taken).toMatchObject({ ticks: 3, sequence: 3, parts: [{ accepted: 3 }] });
});
