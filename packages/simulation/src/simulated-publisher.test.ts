/** A simulated publisher keeps P1 to P4: its blocks are a chain, and what it says of its progress is true. */
import {
  decodeLogRecord,
  decodeTickBlock,
  encodeLogRecord,
  LogDictionary,
  TickColumns,
  TickKind,
  TimeDomain,
} from '@tapeline/domain';
import { expect, test } from 'vitest';
import type { MarketTick } from './market-tick.ts';
import { sequenceOfNoTick, SimulatedPublisher } from './simulated-publisher.ts';

const terms = { priceExponent: -2, sizeExponent: 0, calendar: '24/7', currency: '', tickSize: 0 };
const attributes = { kind: TickKind.trade, venue: '', tape: 0, conditions: [], side: 0, flags: 0 } as const;

function trade(symbol: string, eventSec: number, more: Partial<MarketTick> = {}): MarketTick {
  return { source: 0, symbol, terms, eventSec, eventNano: 0, attributes, price: 100, size: 1, tradeId: '', ...more };
}

function publisherOf(ticks: readonly MarketTick[], sequenceSteps: readonly number[] = [1]): SimulatedPublisher {
  const publisher = new SimulatedPublisher({
    dataset: 'd',
    domain: TimeDomain.replay,
    issueDay: 1,
    draw: 5n,
    sequenceSteps,
  });
  publisher.publish(ticks);
  return publisher;
}

test('P1: sequences rise over all instruments, and a link names the tick before of the same instrument', () => {
  const { published } = publisherOf([trade('A', 1), trade('B', 2), trade('A', 3), trade('B', 4)], [1, 3]);
  expect(published.map(({ row }) => [row.symbol, row.sequence, row.link])).toEqual([
    ['A', 1, 0],
    ['B', 4, 0],
    ['A', 5, 1],
    ['B', 8, 4],
  ]);
});

test('P1: what is published later goes on where the publisher was', () => {
  const publisher = publisherOf([trade('A', 1)]);
  expect(publisher.publish([trade('A', 2)])).toMatchObject([{ row: { sequence: 2, link: 1 } }]);
});

test('P2: any part of the ticks makes a block with their identities', () => {
  const publisher = publisherOf([trade('A', 1), trade('B', 2), trade('A', 3)]);
  const bytes = encodeLogRecord([publisher.blockEntry(publisher.published.slice(1))]);
  const [entry] = decodeLogRecord(bytes);
  const columns = new TickColumns();
  if (entry?.kind !== 'tickBlock') throw new RangeError('there is no block');
  decodeTickBlock(bytes, entry.start, entry.end, new LogDictionary(), columns);
  expect(columns.publisherId).toBe(publisher.id);
  expect(
    [0, 1].map((group) => [columns.symbols[group], columns.groupSequence[group], columns.groupLink[group]]),
  ).toEqual([
    ['B', 2, 0],
    ['A', 3, 1],
  ]);
});

test('W3: a Void has the identity of its tick', () => {
  const publisher = publisherOf([trade('A', 1), trade('A', 3)]);
  const [, second] = publisher.published;
  if (second === undefined) throw new RangeError('there is no second tick');
  expect(publisher.voidEntry(second, 'R')).toMatchObject({ sequence: 2, link: 1, symbol: 'A', reason: 'R' });
});

test('P4: Progress names the last tick and a time that no later tick is before', () => {
  const publisher = publisherOf([trade('A', 10), trade('B', 11), trade('A', 14), trade('A', 12)]);
  const said = (ms: number): bigint => BigInt(ms) * 1_000_000n;
  expect(publisher.progressEntry(2)).toMatchObject({ instruments: [{ symbol: 'A', link: 1, timeNs: said(12_000) }] });
  expect(publisher.progressEntry(3)).toMatchObject({ instruments: [{ symbol: 'A', link: 3, timeNs: said(12_000) }] });
  expect(publisher.progressEntry(4)).toBeUndefined();
  expect(publisher.endEntry()).toMatchObject({
    instruments: [
      { symbol: 'A', link: 4 },
      { symbol: 'B', link: 2 },
    ],
  });
});

test('an amendment names a trade that comes later, an id, or a sequence of nobody', () => {
  const late = trade('A', 2);
  const cancel = { attributes: { ...attributes, kind: TickKind.cancel }, price: 0, size: 0 };
  const { published } = publisherOf([
    trade('A', 1, { ...cancel, amends: { trade: late, tradeId: '' } }),
    late,
    trade('A', 3, { ...cancel, amends: { tradeId: 'X', correctedSec: 7 } }),
    trade('A', 3, { ...cancel, amends: { tradeId: '' } }),
  ]);
  expect(published.map(({ row }) => row.original)).toEqual([
    { sequence: 2, tradeId: '' },
    undefined,
    { sequence: 0, tradeId: 'X', correctedSec: 7, correctedNano: 0 },
    { sequence: sequenceOfNoTick, tradeId: '' },
  ]);
});
