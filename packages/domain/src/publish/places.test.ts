/** Where a stream puts what it takes: by pin, else at home, always in one partition, and of the unknown nothing unasked. */
import { expect, test } from 'vitest';
import { TimeDomain } from '../log/tick-columns.ts';
import type { InstrumentTerms } from '../market/tick.ts';
import { homePartition } from '../placement/home.ts';
import { Placement } from '../placement/placement.ts';
import { type OnceRequest, takeOnce } from './publish-once.ts';
import { PublishReaders, PublishStream } from './publish-stream.ts';
import type { TakeContext, Taken } from './stream-state.ts';
import { BoundedTermsMemory } from './terms-memory.ts';

const cents = { priceExponent: -2, sizeExponent: 0, calendar: '24/7', currency: '', tickSize: 0 };
const partitions = 4;
const home = homePartition('d', 'A', partitions);
const elsewhere = (home + 1) % partitions;
const attributes = { kind: 1, venue: '', tape: 0, conditions: [], side: 0, flags: 0 } as const;
const row = { symbol: 'A', terms: cents, eventSec: 1_700_000_000, eventNano: 0, attributes, price: 1, size: 1 };
const identity = { publisherId: 1n, timeDomain: TimeDomain.replay, dataset: 'd' };
const placement = Placement.atHome(partitions);

function streamOf(): PublishStream {
  return new PublishStream(identity, new PublishReaders());
}

function contextOf(memory: BoundedTermsMemory, changes: Partial<TakeContext> = {}): TakeContext {
  const nowNs = 1_700_000_000_000_000_000n;
  return {
    nowNs,
    aheadMsMax: 60_000,
    placement,
    partitions,
    terms: memory,
    calendar: '24/7',
    unknown: new Set(),
    ...changes,
  };
}

/** A memory that knows the terms of A. */
function knowing(pin?: number): BoundedTermsMemory {
  const memory = new BoundedTermsMemory();
  memory.remember('d', 'A', cents, pin);
  return memory;
}

function partitionsOf(taken: Taken): readonly number[] {
  if ('missing' in taken) throw new RangeError(`${taken.missing.join()} must be asked for`);
  return taken.parts.map(({ partition }) => partition);
}

test.each([
  ['that is pinned', elsewhere, elsewhere],
  ['without a pin', undefined, home],
])('ticks, Voids, progress and the end of an instrument %s are in one partition', (_name, pin, lives) => {
  const [stream, context] = [streamOf(), contextOf(knowing(pin))];
  const tick = { ...row, sequence: 1, link: 0 };
  expect(partitionsOf(stream.takeTicks([tick], context))).toEqual([lives]);
  expect(partitionsOf(stream.takeTicks([{ ...row, size: 0, sequence: 2, link: 1 }], context))).toEqual([lives]);
  expect(partitionsOf(stream.takeProgress([{ symbol: 'A', link: 2, timeNs: 1n }], context))).toEqual([lives]);
  expect(partitionsOf(stream.takeEnd([{ symbol: 'A', link: 2 }], context))).toEqual([lives]);
  const other = streamOf();
  expect(partitionsOf(other.takeProgress([{ symbol: 'A', link: 2, timeNs: 1n }], context))).toEqual([lives]);
  expect(partitionsOf(other.takeEnd([{ symbol: 'A', link: 2 }], context))).toEqual([lives]);
});

test('ticks by hand go where their instrument is pinned', () => {
  const value = { price: '1', size: '1', tradeId: '', aggressorSide: 0 };
  const tick = {
    symbol: 'A',
    eventTime: '',
    venue: '',
    tape: 0,
    conditions: [],
    tick: { $case: 'trade', value },
  } as const;
  const request: OnceRequest = { dataset: 'd', ticks: [tick], instruments: [], timeDomain: TimeDomain.replay };
  const taken = takeOnce(request, identity, contextOf(knowing(elsewhere)));
  expect('parts' in taken ? taken.parts.map(({ partition }) => partition) : []).toEqual([elsewhere]);
});

type Entry = (stream: PublishStream, context: TakeContext) => Taken;

const firstEntries: readonly [name: string, take: Entry, terms: InstrumentTerms | undefined][] = [
  ['a tick', (stream, context) => stream.takeTicks([{ ...row, sequence: 1, link: 0 }], context), cents],
  [
    'a refused tick',
    (stream, context) => stream.takeTicks([{ ...row, size: 0, sequence: 1, link: 0 }], context),
    undefined,
  ],
  ['progress', (stream, context) => stream.takeProgress([{ symbol: 'A', link: 0, timeNs: 1n }], context), undefined],
  ['an end', (stream, context) => stream.takeEnd([{ symbol: 'A', link: 0 }], context), undefined],
];

test.each(firstEntries)('%s of an unknown instrument is asked for, then claimed, then taken', (_name, take, terms) => {
  const [stream, memory] = [streamOf(), new BoundedTermsMemory()];
  expect(take(stream, contextOf(memory))).toEqual({ missing: ['A'] });
  const [unknown, claims] = [new Set(['A']), new Map<string, InstrumentTerms | undefined>()];
  expect(take(stream, contextOf(memory, { unknown, claims }))).toEqual({ missing: ['A'] });
  expect([...claims]).toEqual([['A', terms]]);
  // What the store answers to the claim.
  const placed = new Map([['A', elsewhere]]);
  if (terms !== undefined) memory.remember('d', 'A', terms, elsewhere);
  const answered = contextOf(memory, { unknown, claims: new Map(), ...(terms === undefined ? { placed } : {}) });
  expect(partitionsOf(take(stream, answered))).toEqual([elsewhere]);
});

test('a tick that is in order goes before one that is not, and the instrument is claimed once, with its terms', () => {
  const claims = new Map<string, InstrumentTerms | undefined>();
  const ticks = [
    { ...row, size: 0, sequence: 1, link: 0 },
    { ...row, sequence: 2, link: 1 },
  ];
  const context = contextOf(new BoundedTermsMemory(), { unknown: new Set(['A']), claims });
  expect(streamOf().takeTicks(ticks, context)).toEqual({ missing: ['A'] });
  expect([...claims]).toEqual([['A', cents]]);
});

test('once something of an instrument is in a partition, the stream stays with it, whatever is said later', () => {
  const [stream, memory] = [streamOf(), new BoundedTermsMemory()];
  const refused = { ...row, size: 0, sequence: 1, link: 0 };
  const first = contextOf(memory, { unknown: new Set(['A']), placed: new Map([['A', undefined]]), claims: new Map() });
  expect(partitionsOf(stream.takeTicks([refused], first))).toEqual([home]);
  memory.remember('d', 'A', cents, elsewhere);
  expect(partitionsOf(stream.takeTicks([{ ...row, sequence: 2, link: 1 }], contextOf(memory)))).toEqual([home]);
});

test.each(firstEntries.slice(2))(
  '%s of an instrument without terms is claimed once, not with every message',
  (_name, take) => {
    const [stream, memory] = [streamOf(), new BoundedTermsMemory()];
    const placed = new Map([['A', elsewhere]]);
    take(stream, contextOf(memory, { unknown: new Set(['A']), claims: new Map(), placed }));
    expect(partitionsOf(stream.takeProgress([{ symbol: 'A', link: 0, timeNs: 2n }], contextOf(memory)))).toEqual([
      elsewhere,
    ]);
    expect(partitionsOf(stream.takeEnd([{ symbol: 'A', link: 0 }], contextOf(memory)))).toEqual([elsewhere]);
  },
);

test('where nobody claims, what is unknown lives at home', () => {
  const context = contextOf(new BoundedTermsMemory(), { unknown: new Set(['A']) });
  expect(partitionsOf(streamOf().takeProgress([{ symbol: 'A', link: 0, timeNs: 1n }], context))).toEqual([home]);
});
