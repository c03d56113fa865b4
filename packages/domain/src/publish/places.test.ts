/** Where a stream puts what it takes: by pin, else at home, always in one partition, and of the unknown nothing unasked. */
import { expect, test } from 'vitest';
import {
  cents,
  contextOf,
  home,
  knowing,
  partitions,
  partsOf,
  rowOf,
  tradeByHand,
} from '../../test-kit/stream-context.ts';
import { TimeDomain } from '../log/tick-columns.ts';
import type { InstrumentTerms } from '../market/tick.ts';
import { type OnceRequest, takeOnce } from './publish-once.ts';
import { PublishReaders, PublishStream } from './publish-stream.ts';
import type { TakeContext, Taken } from './stream-state.ts';
import { BoundedTermsMemory } from './terms-memory.ts';

const elsewhere = (home + 1) % partitions;
const identity = { publisherId: 1n, timeDomain: TimeDomain.replay, dataset: 'd' };

function streamOf(): PublishStream {
  return new PublishStream(identity, new PublishReaders());
}

function partitionsOf(taken: Taken): readonly number[] {
  return partsOf(taken).map(({ partition }) => partition);
}

test.each([
  ['that is pinned', elsewhere, elsewhere],
  ['without a pin', undefined, home],
])('ticks, Voids, progress and the end of an instrument %s are in one partition', (_name, pin, lives) => {
  const [stream, context] = [streamOf(), contextOf(knowing(pin))];
  const tick = rowOf(1);
  expect(partitionsOf(stream.takeTicks([tick], context))).toEqual([lives]);
  expect(partitionsOf(stream.takeTicks([rowOf(2, 0)], context))).toEqual([lives]);
  expect(partitionsOf(stream.takeProgress([{ symbol: 'A', link: 2, timeNs: 1n }], context))).toEqual([lives]);
  expect(partitionsOf(stream.takeEnd([{ symbol: 'A', link: 2 }], context))).toEqual([lives]);
  const other = streamOf();
  expect(partitionsOf(other.takeProgress([{ symbol: 'A', link: 2, timeNs: 1n }], context))).toEqual([lives]);
  expect(partitionsOf(other.takeEnd([{ symbol: 'A', link: 2 }], context))).toEqual([lives]);
});

test('ticks by hand go where their instrument is pinned', () => {
  const request: OnceRequest = { dataset: 'd', ticks: [tradeByHand], instruments: [], timeDomain: TimeDomain.replay };
  const taken = takeOnce(request, identity, contextOf(knowing(elsewhere)));
  expect('parts' in taken ? taken.parts.map(({ partition }) => partition) : []).toEqual([elsewhere]);
});

type Entry = (stream: PublishStream, context: TakeContext) => Taken;

const firstEntries: readonly [name: string, take: Entry, terms: InstrumentTerms | undefined][] = [
  ['a tick', (stream, context) => stream.takeTicks([rowOf(1)], context), cents],
  ['a refused tick', (stream, context) => stream.takeTicks([rowOf(1, 0)], context), undefined],
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
  const ticks = [rowOf(1, 0), rowOf(2)];
  const context = contextOf(new BoundedTermsMemory(), { unknown: new Set(['A']), claims });
  expect(streamOf().takeTicks(ticks, context)).toEqual({ missing: ['A'] });
  expect([...claims]).toEqual([['A', cents]]);
});

test('once something of an instrument is in a partition, the stream stays with it, whatever is said later', () => {
  const [stream, memory] = [streamOf(), new BoundedTermsMemory()];
  const refused = rowOf(1, 0);
  const first = contextOf(memory, { unknown: new Set(['A']), placed: new Map([['A', undefined]]), claims: new Map() });
  expect(partitionsOf(stream.takeTicks([refused], first))).toEqual([home]);
  memory.remember('d', 'A', cents, elsewhere);
  expect(partitionsOf(stream.takeTicks([rowOf(2)], contextOf(memory)))).toEqual([home]);
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
