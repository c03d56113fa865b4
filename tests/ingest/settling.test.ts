/** Acks, rejects, back-pressure and the end of streams: what is told, when, and what waits for what. */
import { type TickRow, TimeDomain } from '@tapeline/domain';
import { RpcError } from '@tapeline/grpc';
import type { wireIngest } from '@tapeline/wire';
import { expect, test } from 'vitest';
import {
  collect,
  entriesOf,
  eventNs,
  open,
  type Outcome,
  publish,
  pumped,
  replayId,
  requestBytes,
  type RequestParts,
  type Rig,
  rows,
  startRig,
  ticksOf,
  trade,
} from './ingest-rig.ts';

/** A caller who sends when told and counts how many requests ingest pulled. */
class Caller {
  pulled = 0;
  readonly responses: wireIngest.PublishResponse[] = [];
  readonly outcome: Promise<Outcome>;
  readonly cancel = new AbortController();
  readonly aborted: RpcError[] = [];
  #queue: RequestParts[] = [];
  #wake: () => void = () => undefined;
  #closed = false;

  constructor(rig: Rig, requests: readonly RequestParts[] = []) {
    this.#queue.push(...requests);
    const call = { signal: this.cancel.signal, abort: (error: RpcError) => void this.aborted.push(error) };
    const responses = rig.ingest.service.publish(this.#requests(), call);
    this.outcome = collect(this.#watched(responses));
  }

  send(...requests: RequestParts[]): void {
    this.#queue.push(...requests);
    this.#wake();
  }

  halfClose(): void {
    this.#closed = true;
    this.#wake();
  }

  get acks(): bigint[] {
    return this.responses.flatMap(({ response }) => (response?.$case === 'ack' ? [response.value.sequence] : []));
  }

  async *#requests(): AsyncGenerator<{ bytes: Uint8Array }> {
    for (;;) {
      const [next] = this.#queue.splice(0, 1);
      if (next !== undefined) {
        this.pulled += 1;
        yield requestBytes(next);
      } else if (this.#closed) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  async *#watched(responses: AsyncIterable<wireIngest.PublishResponse>): AsyncGenerator<wireIngest.PublishResponse> {
    for await (const response of responses) {
      this.responses.push(response);
      yield response;
    }
  }
}

function batchOf(first: number, count: number, symbol: string = 'AAA'): RequestParts {
  return rows(Array.from({ length: count }, (_, index) => ({ ...trade(first + index, first + index - 1), symbol })));
}

test('opened comes first with the id, its end and the limits', async () => {
  const rig = startRig();
  const { responses } = await publish(rig, [open(0n)]);
  expect(responses[0]?.response).toMatchObject({
    $case: 'opened',
    value: {
      publisher: { timeDomain: TimeDomain.live, expireTimeNs: BigInt(Date.UTC(2026, 0, 12)) * 1_000_000n },
      limits: { batchTicksMax: 2_000, messageBytesMax: 4_194_304, unsettledTicksMax: 20_000 },
    },
  });
});

test('nothing is acknowledged before the log has it', async () => {
  const rig = startRig();
  rig.log.fate = () => 'wait';
  const caller = new Caller(rig, [open(), rows([trade(1, 0)])]);
  await rig.clock.advance(1_000);
  expect([caller.acks, rig.log.appends]).toEqual([[], 1]);
  rig.log.letGo();
  await rig.clock.advance(10);
  expect(caller.acks).toEqual([1n]);
  caller.halfClose();
  expect((await pumped(rig.clock, caller.outcome)).error).toBeUndefined();
});

test('a partition has one append in flight, and what comes meanwhile shares the next record', async () => {
  const rig = startRig();
  rig.log.fate = (_partition, append) => (append === 1 ? 'wait' : 'land');
  const caller = new Caller(rig, [open(), ...[1, 2, 3, 4].map((sequence) => rows([trade(sequence, sequence - 1)]))]);
  await rig.clock.advance(50);
  caller.send(rows([trade(5, 4)]), rows([trade(6, 5)]));
  await rig.clock.advance(50);
  expect(rig.log.appends).toBe(1);
  rig.log.letGo();
  caller.halfClose();
  await pumped(rig.clock, caller.outcome);
  expect([rig.log.appends, rig.log.inFlightMax]).toEqual([2, 1]);
  expect(ticksOf(rig.log).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6]);
});

test('a message is acknowledged after those before it, also where its partition was faster', async () => {
  const rig = startRig({}, 8);
  rig.log.fate = (_partition, append) => (append === 1 ? 'wait' : 'land');
  const caller = new Caller(rig, [open(), batchOf(1, 1, 'AAA')]);
  await rig.clock.advance(20);
  caller.send(batchOf(2, 1, 'BBB'), batchOf(3, 1, 'CCC'), batchOf(4, 1, 'DDD'));
  await rig.clock.advance(100);
  expect(rig.log.records.flat().length).toBeGreaterThan(0);
  expect(caller.acks).toEqual([]);
  rig.log.letGo();
  await rig.clock.advance(100);
  expect(caller.acks.at(-1)).toBe(4n);
  caller.halfClose();
  await pumped(rig.clock, caller.outcome);
});

test('a reject is told before the ack that covers it, and only when its Void is durable', async () => {
  const rig = startRig();
  rig.log.fate = () => 'wait';
  const caller = new Caller(rig, [open(), rows([trade(1, 0), trade(2, 1, { size: 0n }), trade(3, 2)])]);
  await rig.clock.advance(100);
  expect(caller.responses.length).toBe(1);
  rig.log.letGo();
  caller.halfClose();
  const { responses } = await pumped(rig.clock, caller.outcome);
  expect(responses.map(({ response }) => response?.$case)).toEqual(['opened', 'reject', 'ack']);
});

test('acks are spaced, and the last one covers everything', async () => {
  const rig = startRig({ ackIntervalMs: 100, lingerMs: 0 });
  const caller = new Caller(rig, [open()]);
  for (let sequence = 1; sequence <= 50; sequence += 1) {
    caller.send(rows([trade(sequence, sequence - 1)]));
    await rig.clock.advance(4);
  }
  caller.halfClose();
  const { acks } = await pumped(rig.clock, caller.outcome);
  expect(acks.length).toBeLessThanOrEqual(4);
  expect(acks.at(-1)).toEqual({ sequence: 50, requests: 51 });
});

test('ingest reads no further while so many ticks of the stream are unsettled', async () => {
  const rig = startRig({ unsettledTicksMax: 4_000 });
  rig.log.fate = () => 'wait';
  const caller = new Caller(rig, [open(), ...[0, 1, 2, 3, 4, 5].map((index) => batchOf(index * 1_000 + 1, 1_000))]);
  await rig.clock.advance(200);
  expect(caller.pulled).toBe(5);
  rig.log.fate = () => 'land';
  rig.log.letGo();
  await rig.clock.advance(200);
  expect(caller.pulled).toBe(7);
  caller.halfClose();
  expect((await pumped(rig.clock, caller.outcome)).acks.at(-1)?.sequence).toBe(6_000);
});

test('streams wait while a lane holds as many bytes as it may, and nothing is lost', async () => {
  const rig = startRig({ laneBytesMax: 1_500, unsettledTicksMax: 1_000_000 });
  rig.log.fate = () => 'wait';
  const batches = Array.from({ length: 8 }, (_, index) => batchOf(index * 500 + 1, 500));
  const caller = new Caller(rig, [open(), ...batches]);
  await rig.clock.advance(200);
  const { pulled } = caller;
  expect(pulled).toBeLessThan(9);
  rig.log.fate = () => 'land';
  rig.log.letGo();
  caller.halfClose();
  const { acks } = await pumped(rig.clock, caller.outcome);
  expect(acks.at(-1)?.sequence).toBe(4_000);
  expect(ticksOf(rig.log).map(({ sequence }) => sequence)).toEqual(
    Array.from({ length: 4_000 }, (_, index) => index + 1),
  );
});

test('a caller who takes no responses for 60 s is ended with RESPONSES_NOT_READ', async () => {
  const rig = startRig();
  const aborted: RpcError[] = [];
  async function* requests(): AsyncGenerator<{ bytes: Uint8Array }> {
    yield requestBytes(open());
    yield requestBytes(rows([trade(1, 0)]));
    await new Promise(() => undefined);
  }
  const call = { signal: new AbortController().signal, abort: (error: RpcError) => void aborted.push(error) };
  const responses = rig.ingest.service.publish(requests(), call)[Symbol.asyncIterator]();
  await responses.next();
  await rig.clock.advance(59_000);
  expect(aborted).toEqual([]);
  await rig.clock.advance(2_000);
  expect(aborted.map(({ reason, status }) => [reason, status])).toEqual([['RESPONSES_NOT_READ', 'UNAVAILABLE']]);
});

test('after a log that did not answer nothing more of the stream is appended, and others go on', async () => {
  const rig = startRig();
  rig.log.fate = (_partition, append) => (append === 1 ? 'lose' : 'land');
  const failing = new Caller(rig, [open(), rows([trade(1, 0)])]);
  const { error } = await pumped(rig.clock, failing.outcome);
  expect(error?.reason).toBe('LOG_UNAVAILABLE');
  const again = await publish(rig, [open(), rows([trade(1, 0), trade(2, 1)])]);
  expect(again.acks.at(-1)?.sequence).toBe(2);
  expect(ticksOf(rig.log).map(({ sequence }) => sequence)).toEqual([1, 2]);
});

test('parts of a failed stream that wait are dropped, those of another one are appended', async () => {
  const rig = startRig();
  rig.log.fate = (_partition, append) => (append === 1 ? 'wait' : 'land');
  const failing = new Caller(rig, [open(), rows([trade(1, 0)])]);
  await rig.clock.advance(20);
  failing.send(rows([trade(2, 1)]));
  const other = new Caller(rig, [open(replayId), rows([trade(9, 0)])]);
  await rig.clock.advance(20);
  failing.cancel.abort(new RpcError('CANCELLED', '', 'the caller went away'));
  rig.log.letGo();
  other.halfClose();
  expect((await pumped(rig.clock, other.outcome)).acks.at(-1)?.sequence).toBe(9);
  expect(ticksOf(rig.log).map(({ sequence }) => sequence)).toEqual([1, 9]);
  await failing.outcome;
});

test('a stop settles what was taken, sends the last ack and ends streams with SHUTTING_DOWN', async () => {
  const rig = startRig({ lingerMs: 1_000 });
  const caller = new Caller(rig, [open(), rows([trade(1, 0)])]);
  const feed = await rig.ingest.sink.open({ dataset: 'feed', timeDomain: TimeDomain.live, clientName: 'feed' });
  await rig.clock.advance(20);
  expect(rig.log.appends).toBe(0);
  const stopped = rig.ingest.stop();
  const { acks, error } = await pumped(rig.clock, caller.outcome);
  expect([acks, error?.reason]).toEqual([[{ sequence: 1, requests: 2 }], 'SHUTTING_DOWN']);
  await expect(feed.settled()).resolves.toBeUndefined();
  await pumped(rig.clock, stopped);
  await expect(feed.send([])).rejects.toMatchObject({ reason: 'SHUTTING_DOWN' });
  await feed.close();
});

test('open delayed and replay streams are named in every partition every 10 s, live ones are not', async () => {
  const rig = startRig({}, 3);
  const replay = new Caller(rig, [open(replayId)]);
  const live = new Caller(rig, [open()]);
  const feed = await rig.ingest.sink.open({ dataset: 'f', timeDomain: TimeDomain.delayed, clientName: 'feed' });
  await rig.clock.advance(20_500);
  for (const partition of [0, 1, 2]) {
    const ids = [feed.publisherId, replayId];
    expect(entriesOf(rig.log, partition)).toEqual([
      { kind: 'alive', publisherIds: ids },
      { kind: 'alive', publisherIds: ids },
    ]);
  }
  for (const caller of [replay, live]) caller.halfClose();
  await feed.close();
  await Promise.all([replay, live].map((caller) => pumped(rig.clock, caller.outcome)));
  const { appends } = rig.log;
  await rig.clock.advance(20_500);
  expect(rig.log.appends).toBe(appends);
});

test('one Alive waits in a lane at most, whatever the log does', async () => {
  const rig = startRig();
  rig.log.fate = () => 'wait';
  const caller = new Caller(rig, [open(replayId)]);
  await rig.clock.advance(100_000);
  rig.log.fate = () => 'land';
  rig.log.letGo();
  await rig.clock.advance(100);
  expect(entriesOf(rig.log).length).toBe(1);
  caller.halfClose();
  await pumped(rig.clock, caller.outcome);
});

function row(sequence: number, fields: Partial<TickRow> = {}): TickRow {
  const attributes = { kind: 1, venue: '', tape: 0, conditions: [], side: 0, flags: 0 } as const;
  const terms = { priceExponent: -2, sizeExponent: 0, calendar: 'XNYS', currency: '', tickSize: 0 };
  const eventSec = Number(eventNs / 1_000_000_000n);
  return {
    symbol: 'AAA',
    terms,
    sequence,
    link: sequence - 1,
    eventSec,
    eventNano: 0,
    attributes,
    price: 5,
    size: 1,
    ...fields,
  };
}

test('a feed of the process takes the same path: settled, rejected and resent under its id', async () => {
  const rig = startRig();
  const identity = { dataset: 'feed', timeDomain: TimeDomain.live, clientName: 'feed' } as const;
  const feed = await rig.ingest.sink.open(identity);
  await feed.send([row(1), row(2, { price: Number.NaN }), row(3, { eventSec: 9e9 })]);
  await pumped(rig.clock, feed.settled());
  expect([feed.settledSequence, feed.rejected.count, feed.rejected.first?.sequence]).toEqual([3, 2, 2]);
  rig.log.fate = () => 'lose';
  await feed.send([row(4)]);
  await expect(pumped(rig.clock, feed.settled())).rejects.toMatchObject({ reason: 'LOG_UNAVAILABLE' });
  await expect(feed.send([row(5)])).rejects.toMatchObject({ reason: 'LOG_UNAVAILABLE' });
  expect(feed.settledSequence).toBe(3);
  await feed.close();
  rig.log.fate = () => 'land';
  const again = await rig.ingest.sink.open({ ...identity, publisherId: feed.publisherId });
  await again.send([row(4), row(5)]);
  await pumped(rig.clock, again.close());
  expect(ticksOf(rig.log).map(({ sequence }) => sequence)).toEqual([1, 4, 5]);
  expect(rig.ingest.status().streamsOpen).toBe(0);
});

test('a feed with a digest gets the same publisher on the same day, and a live one another', async () => {
  const rig = startRig();
  const identity = {
    dataset: 'feed',
    timeDomain: TimeDomain.replay,
    sourceDigest: 0xabcdn,
    clientName: 'feed',
  } as const;
  const [one, two] = [await rig.ingest.sink.open(identity), await rig.ingest.sink.open(identity)];
  expect(one.publisherId).toBe(two.publisherId);
  const live = { dataset: 'feed', timeDomain: TimeDomain.live, clientName: 'feed' } as const;
  const [three, four] = [await rig.ingest.sink.open(live), await rig.ingest.sink.open(live)];
  expect(three.publisherId).not.toBe(four.publisherId);
});

test('a feed that breaks a rule is told so, and its stream is over', async () => {
  const rig = startRig();
  const feed = await rig.ingest.sink.open({ dataset: 'feed', timeDomain: TimeDomain.live, clientName: 'feed' });
  await expect(feed.send([row(3), row(2)])).rejects.toMatchObject({ reason: 'SEQUENCE_NOT_RISING' });
  await expect(feed.progress([])).rejects.toMatchObject({ reason: 'SEQUENCE_NOT_RISING' });
  await feed.close();
});

test('the terms of a tick that surely did not land are forgotten; of one that may have landed they stay', async () => {
  const rig = startRig();
  rig.log.fate = () => 'full';
  const coarse = [{ symbol: 'AAA', priceExponent: -2, calendar: '24/7' }];
  await publish(rig, [open(), rows([trade(1, 0)], coarse)]);
  rig.log.fate = () => 'land-unknown';
  const fine = [{ symbol: 'AAA', priceExponent: -4, calendar: '24/7' }];
  await publish(rig, [open(), rows([trade(1, 0)], fine)]);
  rig.log.fate = () => 'land';
  expect((await publish(rig, [open(), rows([trade(1, 0)], coarse)])).rejects).toMatchObject([
    { code: 'TERMS_MISMATCH' },
  ]);
  expect((await publish(rig, [open(), rows([trade(2, 1)], fine)])).rejects).toEqual([]);
});
