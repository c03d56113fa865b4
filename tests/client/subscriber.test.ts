/**
 * Readers against a query service that misbehaves. In: cuts, repeats, silence, tokens that are too old. Out: every bar's
 * newest revision, none twice, none missing; breaks are told.
 */
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  type BarEvent,
  type BarSubscription,
  getBars,
  getTrades,
  listInstruments,
  subscribeBars,
  subscribeTrades,
} from '@tapeline/client';
import { bar, entry, FakeQuery } from './fake-query.ts';

let query: FakeQuery;

beforeEach(async () => {
  query = new FakeQuery();
  await query.start();
});

afterEach(async () => {
  await query.stop();
});

const times = { retryFirstMs: 1, retryMaxMs: 5 };
const instrument = { dataset: 'test', symbol: 'SPY' };

function subscription(more: Partial<BarSubscription> = {}): BarSubscription {
  return { address: query.address, instruments: [instrument], intervals: ['1m'], times, ...more };
}

/** Reads until `isEnough`, and answers all events but heartbeats. */
async function eventsUntil(
  isEnough: (events: readonly BarEvent[]) => boolean,
  options: BarSubscription = subscription(),
): Promise<BarEvent[]> {
  const events: BarEvent[] = [];
  for await (const event of subscribeBars(options)) {
    if (event.kind !== 'heartbeat') events.push(event);
    if (isEnough(events)) break;
  }
  return events;
}

function revisions(events: readonly BarEvent[]): string[] {
  return events.flatMap((event) =>
    event.kind === 'bars' ? event.bars.map(({ start, revision }) => `${String(start).slice(11, 16)} r${revision}`) : [],
  );
}

function countOf(events: readonly BarEvent[]): number {
  return revisions(events).length;
}

test('bars are as the HTTP interface shows them, history first', async () => {
  query.history.push(bar(0, 1), bar(1, 1));
  const events = await eventsUntil((all) => all.at(-1)?.kind === 'snapshotEnd');
  expect(events.map(({ kind }) => kind)).toEqual(['bars', 'bars', 'snapshotEnd']);
  expect(events[0]).toEqual({
    kind: 'bars',
    isSnapshot: true,
    bars: [
      {
        dataset: 'test',
        symbol: 'SPY',
        interval: '1m',
        start: '2020-09-13T12:27:00Z',
        end: '2020-09-13T12:28:00Z',
        open: '184.10',
        high: '184.10',
        low: '184.10',
        close: '184.10',
        volume: '5',
        vwap: '184.10',
        trades: 1,
        revision: 1,
        state: 'closed',
        profile: 'all',
        foldVersion: 1,
        session: 'regular',
      },
    ],
  });
});

test.each([1, 3, 5, 8])(
  'through cuts and repeats each revision comes once and none is missing: %i',
  async (repeats) => {
    query.repeats = repeats;
    query.cuts = [2, 3, 5, 4, 1, 6, 2, 7, 3, 9];
    const expected: string[] = [];
    for (let minute = 0; minute < 20; minute += 1) {
      query.history.push(bar(minute, 1));
      if (minute % 3 === 0) query.history.push(bar(minute, 2));
    }
    for (const { startTimeNs, revision } of query.history) {
      expected.push(`${new Date(Number(startTimeNs / 1_000_000n)).toISOString().slice(11, 16)} r${revision}`);
    }
    const events = await eventsUntil((all) => countOf(all) >= expected.length);
    expect(revisions(events)).toEqual(expected);
    expect(events.some(({ kind }) => kind === 'disconnected')).toBe(true);
  },
);

test('a resumed stream asks from the last token, not from the start', async () => {
  query.history.push(bar(0, 1), bar(1, 1));
  query.cuts = [4];
  setTimeout(() => query.history.push(bar(2, 1)), 100);
  await eventsUntil((all) => countOf(all) === 3);
  expect(query.requests).toEqual(['stream ', 'stream 2']);
});

test('a token that is too old gives a fresh snapshot, marked as such, with bars that came before', async () => {
  query.history.push(bar(0, 1), bar(1, 1));
  query.cuts = [4];
  query.oldestToken = 3;
  const events = await eventsUntil((all) => countOf(all) === 4);
  expect(events.map(({ kind }) => kind)).toEqual([
    'bars',
    'bars',
    'snapshotEnd',
    'disconnected',
    'restarted',
    'bars',
    'bars',
  ]);
});

test('a stream that falls silent is opened anew', async () => {
  query.history.push(bar(0, 1));
  query.isSilent = true;
  setTimeout(() => (query.isSilent = false), 150);
  const events = await eventsUntil((all) => countOf(all) === 1, subscription({ times: { ...times, silenceMs: 50 } }));
  expect(events[0]).toMatchObject({ kind: 'disconnected', error: { message: expect.stringContaining('50 ms') } });
});

test('a bar whose instrument cannot be asked for just now is not lost', async () => {
  query.history.push(bar(0, 1));
  query.failures = 7;
  const events = await eventsUntil((all) => countOf(all) === 1);
  expect(revisions(events)).toEqual(['12:27 r1']);
});

test('what no new try can cure is thrown', async () => {
  query.history.push(bar(0, 1, 'NONE'));
  await expect(eventsUntil(() => false)).rejects.toMatchObject({ reason: 'INSTRUMENT_UNKNOWN' });
});

test('the signal ends a subscription without an error', async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 30);
  await eventsUntil(() => false, subscription({ signal: stop.signal }));
  expect(stop.signal.aborted).toBe(true);
});

test('a second address takes over', async () => {
  query.history.push(bar(0, 1));
  const events = await eventsUntil(
    (all) => countOf(all) === 1,
    subscription({ address: ['127.0.0.1:1', query.address] }),
  );
  expect(events.map(({ kind }) => kind)).toEqual(['disconnected', 'bars']);
});

test('trades come once each, in order, through cuts', async () => {
  query.repeats = 2;
  query.cuts = [3, 2, 4];
  for (let number = 1; number <= 10; number += 1) query.tape.push(entry(number));
  const numbers: number[] = [];
  for await (const event of subscribeTrades({ address: query.address, instruments: [instrument], times })) {
    if (event.kind === 'ticks') numbers.push(...event.ticks.map(({ number }) => number));
    if (numbers.length === 10) break;
  }
  expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test('pages are read on to the end, through failures and empty ones, and end with a resume token', async () => {
  for (let minute = 0; minute < 5; minute += 1) query.history.push(bar(minute, 1));
  query.failures = 2;
  const reading = getBars({ address: query.address, instrument, interval: '1m', times });
  const starts: unknown[] = [];
  let step = await reading.next();
  for (; step.done !== true; step = await reading.next()) starts.push(step.value.start);
  expect(starts).toHaveLength(5);
  expect(step.value).toBe('5');
  expect(query.requests).toEqual(['bars ', 'bars ', 'bars ', 'bars 2', 'bars 4']);
});

test('instruments and trades are listed with decimals as text', async () => {
  const listed = [];
  for await (const found of listInstruments({ address: query.address, symbolPrefix: 'S', times })) listed.push(found);
  expect(listed.map(({ symbol }) => symbol)).toEqual(['S0', 'S2', 'S3']);
  expect(listed[0]).toEqual({
    dataset: 'test',
    symbol: 'S0',
    priceExponent: -4,
    sizeExponent: 0,
    tickSize: '0.01',
    currency: '',
    calendar: 'XNYS',
  });
  query.tape.push(entry(1));
  const trades = [];
  for await (const trade of getTrades({ address: query.address, instrument, times })) trades.push(trade);
  expect(trades).toMatchObject([{ kind: 'trade', price: '184.10', size: '3', time: '2020-09-13T12:26:40.000000001Z' }]);
});

test('a call that keeps failing is given up after a bounded number of tries', async () => {
  query.failures = 100;
  const reading = getBars({ address: query.address, instrument, interval: '1m', times });
  await expect(reading.next()).rejects.toMatchObject({ reason: 'STORE_UNAVAILABLE' });
  expect(query.requests).toHaveLength(6);
});
