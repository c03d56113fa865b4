/** How a live feed publishes over days, outages and a full queue. */
import { AggressorSide, Tape, TickKind } from '@tapeline/domain';
import { ManualClock, silentLogger } from '@tapeline/runtime';
import { beforeEach, expect, test } from 'vitest';
import { MemorySink } from '../../test-kit/memory-sink.ts';
import { FeedReport } from './feed-report.ts';
import { feedStop } from './feed-stop.ts';
import { LivePublisher } from './live-publisher.ts';
import type { PublisherParts } from './tick-publisher.ts';
import type { UnnumberedRow } from './unnumbered-row.ts';

const msPerDay = 86_400_000;
const attributes = {
  kind: TickKind.trade,
  venue: '',
  tape: Tape.unknown,
  conditions: [],
  side: AggressorSide.unknown,
  flags: 0,
};
const terms = { priceExponent: -2, sizeExponent: 0, calendar: '24/7', currency: '', tickSize: 0 };

let clock: ManualClock;
let sink: MemorySink;
let gaps: string[];
let publisher: LivePublisher;

beforeEach(() => {
  clock = new ManualClock(20_000 * msPerDay);
  sink = new MemorySink({ nowMs: () => clock.nowMs() });
  gaps = [];
  const listener = {
    status: () => undefined,
    refused: () => undefined,
    gap: ({ reason }: { readonly reason: string }) => void gaps.push(reason),
  };
  const report = new FeedReport(listener, silentLogger);
  const stop = feedStop(new Promise<void>(() => undefined), clock);
  const random = { next: () => 0, bits: () => 0n };
  const parts: PublisherParts = { sink, clock, random, report, stop };
  publisher = new LivePublisher(parts, 'd', 'test');
});

function row(symbol: string, eventSec = 0): UnnumberedRow {
  return { symbol, terms, sequence: 0, link: 0, eventSec, eventNano: 0, attributes, price: 1, size: 1 };
}

async function publish(...symbols: string[]): Promise<void> {
  for (const symbol of symbols) publisher.offer(row(symbol));
  await publisher.flush();
}

function numbers(): (readonly [string, number, number])[][] {
  return [...sink.publishers.values()].map(({ rows }) =>
    [...rows.values()].map(({ symbol, sequence, link }) => [symbol, sequence, link] as const),
  );
}

test('sequences rise by one and links name the tick before of the symbol', async () => {
  await publish('A', 'B', 'A');
  await publish('B');
  expect(numbers()).toEqual([
    [
      ['A', 1, 0],
      ['B', 2, 0],
      ['A', 3, 1],
      ['B', 4, 2],
    ],
  ]);
});

test('no publisher is opened before there is a tick', async () => {
  await publisher.flush();
  await publisher.close();
  expect(sink.opens).toBe(0);
});

test('before its id is too old everything is settled and a new publisher begins with link 0', async () => {
  await publish('A', 'A');
  await clock.advance(6 * msPerDay);
  await publish('A', 'A');
  expect(numbers()).toEqual([
    [
      ['A', 1, 0],
      ['A', 2, 1],
    ],
    [
      ['A', 1, 0],
      ['A', 2, 1],
    ],
  ]);
  expect([...sink.publishers.values()].map(({ closed }) => closed)).toEqual([1, 0]);
  expect(gaps).toEqual([]);
});

test('where an id expired all the same, what was not settled is told as a gap and not sent again', async () => {
  sink.faultOfSend = (send) => (send === 2 ? { reason: 'PUBLISHER_EXPIRED', isKept: true } : undefined);
  await publish('A');
  await publish('B', 'B');
  await publish('C');
  expect(gaps).toEqual([expect.stringMatching(/^2 ticks may be missing: its publisher id expired/)]);
  expect(numbers().map((all) => all.map(([symbol]) => symbol))).toEqual([['A', 'B', 'B'], ['C']]);
});

test('at 100,000 waiting ticks it takes no more until they are sent, in batches of 2,000', async () => {
  for (let count = 0; count < 100_000; count += 1) expect(publisher.offer(row('A'))).toBe(true);
  expect(publisher.offer(row('A'))).toBe(false);
  await publisher.flush();
  expect(sink.sends).toBe(50);
  expect(sink.breaches).toEqual([]);
  expect(publisher.offer(row('A'))).toBe(true);
});
