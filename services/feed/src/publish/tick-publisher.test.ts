/** How a publisher comes through streams that fail. */
import {
  AggressorSide,
  type FeedIdentity,
  type FeedSink,
  type FeedStream,
  FeedStreamError,
  type InstrumentProgress,
  publisherId,
  Tape,
  TickKind,
  type TickRow,
  TimeDomain,
} from '@tapeline/domain';
import { ManualClock, silentLogger } from '@tapeline/runtime';
import { beforeEach, expect, test } from 'vitest';
import { FeedReport } from './feed-report.ts';
import { feedStop, stopGraceMs } from './feed-stop.ts';
import { GraceOverError, PublisherExpiredError } from './sink-faults.ts';
import { type PublisherParts, TickPublisher } from './tick-publisher.ts';

const attributes = {
  kind: TickKind.trade,
  venue: '',
  tape: Tape.unknown,
  conditions: [],
  side: AggressorSide.unknown,
  flags: 0,
};
const terms = { priceExponent: -2, sizeExponent: 0, calendar: '24/7', currency: '', tickSize: 0 };
const identity: FeedIdentity = { dataset: 'd', timeDomain: TimeDomain.replay, clientName: 'test' };
const id = publisherId(20_000, TimeDomain.replay, 5n);

/** A sink whose streams write down what they are told, and answer as the test says. */
class ScriptedSink implements FeedSink {
  readonly told: string[] = [];
  settledSequence = 0;
  rejected: FeedStream['rejected'] = { count: 0 };
  answer: (call: string) => Promise<void> = async () => undefined;

  async open({ publisherId: asked }: FeedIdentity): Promise<FeedStream> {
    await this.call(asked === undefined ? 'open new' : `open ${asked === id ? 'same' : 'other'}`);
    return new ScriptedStream(this);
  }

  async call(text: string): Promise<void> {
    this.told.push(text);
    await this.answer(text);
  }
}

class ScriptedStream implements FeedStream {
  readonly publisherId = id;
  readonly #sink: ScriptedSink;

  constructor(of: ScriptedSink) {
    this.#sink = of;
  }

  get settledSequence(): number {
    return this.#sink.settledSequence;
  }

  get rejected(): FeedStream['rejected'] {
    return this.#sink.rejected;
  }

  async send(all: readonly TickRow[]): Promise<void> {
    await this.#sink.call(`send ${all[0]?.sequence}-${all.at(-1)?.sequence}`);
  }

  async progress(all: readonly InstrumentProgress[]): Promise<void> {
    await this.#sink.call(`progress ${all.map(({ symbol, timeNs }) => `${symbol}@${timeNs}`).join()}`);
  }

  async end(all: readonly { readonly symbol: string }[]): Promise<void> {
    await this.#sink.call(`end ${all.map(({ symbol }) => symbol).join()}`);
  }

  async settled(): Promise<void> {
    await this.#sink.call('settled');
  }

  async close(): Promise<void> {
    await this.#sink.call('close');
  }
}

let sink: ScriptedSink;
let clock: ManualClock;
let stopped: () => void;
let parts: PublisherParts;
let statuses: string[];
let refusals: string[];

beforeEach(() => {
  sink = new ScriptedSink();
  clock = new ManualClock(20_000 * 86_400_000);
  statuses = [];
  refusals = [];
  const listener = {
    status: ({ state }: { readonly state: string }) => void statuses.push(state),
    gap: () => undefined,
    refused: ({ message }: { readonly message: string }) => void refusals.push(message),
  };
  const { promise, resolve } = withResolver();
  stopped = resolve;
  const stop = feedStop(promise, clock);
  const random = { next: () => 0.5, bits: () => 0n };
  const report = new FeedReport(listener, silentLogger);
  report.status('live', 'is live');
  parts = { sink, clock, random, report, stop };
});

function withResolver(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

function rows(from: number, to: number): TickRow[] {
  return Array.from({ length: to - from + 1 }, (_, index) => {
    const sequence = from + index;
    return {
      symbol: 'A',
      terms,
      sequence,
      link: sequence - 1,
      eventSec: 0,
      eventNano: 0,
      attributes,
      price: 1,
      size: 1,
    };
  });
}

/** Fails the first call of that text. */
function failOnce(call: string, reason: string): void {
  let failed = false;
  sink.answer = async (text) => {
    if (failed || text !== call) return;
    failed = true;
    throw new FeedStreamError(reason, `no: ${reason}`);
  };
}

async function whileTimeRuns<Value>(promise: Promise<Value>): Promise<Value> {
  let done = false;
  const ended = promise.finally(() => {
    done = true;
  });
  void Promise.allSettled([ended]);
  for (let turn = 0; turn < 200 && !done; turn += 1) await clock.advance(100);
  return ended;
}

/** What became of it: its error, or nothing. */
async function outcomeOf(promise: Promise<unknown>): Promise<unknown> {
  const [outcome] = await Promise.allSettled([promise]);
  return outcome.status === 'rejected' ? outcome.reason : undefined;
}

test('after an error the same publisher sends everything unsettled again, from the oldest on, progress and ends too', async () => {
  const publisher = await TickPublisher.open(parts, identity);
  await publisher.send(rows(1, 3));
  await publisher.send(rows(4, 6));
  await publisher.progress([{ symbol: 'A', link: 6, timeNs: 100n }]);
  await publisher.progress([{ symbol: 'A', link: 6, timeNs: 200n }]);
  sink.settledSequence = 4;
  failOnce('end A', 'LOG_UNAVAILABLE');
  await whileTimeRuns(publisher.end([{ symbol: 'A', link: 6 }]));
  expect(sink.told.slice(sink.told.indexOf('end A') + 1)).toEqual([
    'close',
    'open same',
    'send 5-6',
    'progress A@200',
    'end A',
  ]);
  expect(statuses).toEqual(['live', 'waiting', 'live']);
});

test('what is settled is not kept: a stream that fails later brings back nothing', async () => {
  const publisher = await TickPublisher.open(parts, identity);
  await publisher.send(rows(1, 3));
  await publisher.progress([{ symbol: 'A', link: 3, timeNs: 1n }]);
  sink.settledSequence = 3;
  await publisher.settle();
  failOnce('send 4-4', 'SHUTTING_DOWN');
  await whileTimeRuns(publisher.send(rows(4, 4)));
  expect(sink.told.slice(sink.told.indexOf('send 4-4') + 1)).toEqual(['close', 'open same', 'send 4-4']);
  expect(publisher.unsettledCount).toBe(1);
});

test('at 60,000 unsettled ticks it waits until they are settled', async () => {
  const publisher = await TickPublisher.open(parts, identity);
  for (let batch = 0; batch < 30; batch += 1) await publisher.send(rows(batch * 2_000 + 1, batch * 2_000 + 2_000));
  expect(sink.told).not.toContain('settled');
  sink.answer = async (call) => {
    if (call === 'settled') sink.settledSequence = 60_000;
  };
  await publisher.send(rows(60_001, 60_001));
  expect(sink.told.slice(-2)).toEqual(['settled', 'send 60001-60001']);
  expect(publisher.unsettledCount).toBe(1);
});

test('tries are spaced by more and more, without end, and it says that it waits', async () => {
  const publisher = await TickPublisher.open(parts, identity);
  sink.answer = async () => {
    throw new FeedStreamError('LOG_UNAVAILABLE', 'no log');
  };
  const sending = publisher.send(rows(1, 1));
  await clock.advance(60_000);
  const opens = sink.told.filter((call) => call === 'open same').length;
  // 100, 200, 400 … up to 5,000 ms, which is half of the limits: the chance of this test is always 0.5.
  expect(opens).toBeGreaterThan(12);
  expect(opens).toBeLessThan(20);
  sink.answer = async () => undefined;
  await clock.advance(10_000);
  await sending;
  expect(statuses).toEqual(['live', 'waiting', 'live']);
});

test('a stop ends the tries after its grace', async () => {
  const publisher = await TickPublisher.open(parts, identity);
  sink.answer = async () => {
    throw new FeedStreamError('LOG_UNAVAILABLE', 'no log');
  };
  const sending = publisher.send(rows(1, 3));
  const outcome = outcomeOf(sending);
  await clock.advance(1_000);
  stopped();
  await clock.advance(stopGraceMs + 1);
  expect(await outcome).toBeInstanceOf(GraceOverError);
  expect((await publisher.abandon()).map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
});

test('a call that never answers ends with the grace of a stop', async () => {
  const publisher = await TickPublisher.open(parts, identity);
  sink.answer = async () => new Promise<void>(() => undefined);
  const outcome = outcomeOf(publisher.settle());
  stopped();
  await clock.advance(stopGraceMs + 1);
  expect(await outcome).toBeInstanceOf(GraceOverError);
});

test('an expired id and a fault of the feed are no matter of trying again', async () => {
  const publisher = await TickPublisher.open(parts, identity);
  failOnce('send 1-1', 'PUBLISHER_EXPIRED');
  await expect(publisher.send(rows(1, 1))).rejects.toThrow(PublisherExpiredError);
  failOnce('send 2-2', 'SEQUENCE_NOT_RISING');
  await expect(publisher.send(rows(2, 2))).rejects.toThrow('SEQUENCE_NOT_RISING');
  sink.answer = async () => {
    throw new TypeError('a defect');
  };
  await expect(publisher.send(rows(3, 3))).rejects.toThrow('a defect');
});

test('ticks that the sink rejected are told with the first of them, each once', async () => {
  const publisher = await TickPublisher.open(parts, identity);
  sink.rejected = { count: 2, first: { sequence: 1, message: 'price -1 is below 0' } };
  await publisher.send(rows(1, 3));
  await publisher.send(rows(4, 4));
  sink.rejected = { count: 3, first: { sequence: 1, message: 'price -1 is below 0' } };
  await publisher.close();
  expect(refusals).toEqual([
    'ingest rejected 2 ticks, the first at sequence 1: price -1 is below 0',
    'ingest rejected 1 ticks, the first at sequence 1: price -1 is below 0',
  ]);
  expect(parts.report.end().refused).toBe(3);
});

test('an id is old a day before it expires', async () => {
  const publisher = await TickPublisher.open(parts, identity);
  expect(publisher.isOld(20_006 * 86_400_000 - 1)).toBe(false);
  expect(publisher.isOld(20_006 * 86_400_000)).toBe(true);
});
