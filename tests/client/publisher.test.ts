/**
 * The publisher against an ingest that misbehaves. In: ticks, and faults drawn from a seed. Out: every tick that was taken
 * stands in the log's chains exactly once and in order, whatever happened; no rule of the contract is broken.
 */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectPublisher, type Publisher, type PublisherOptions, type PublishRejection } from '@tapeline/client';
import { ManualClock } from '@tapeline/runtime';
import { applied, FakeIngest } from './fake-ingest.ts';

let ingest: FakeIngest;
let publishers: Publisher[] = [];

beforeEach(async () => {
  ingest = new FakeIngest();
  await ingest.start();
});

afterEach(async () => {
  for (const publisher of publishers) await publisher.close(0);
  publishers = [];
  await ingest.stop();
});

async function connect(options: Partial<PublisherOptions> = {}): Promise<Publisher> {
  const times = { retryFirstMs: 1, retryMaxMs: 4, ...options.times };
  const publisher = await connectPublisher({ address: ingest.address, dataset: 'test', ...options, times });
  publishers.push(publisher);
  return publisher;
}

/** A seeded source of chance: mulberry32. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const symbols = ['AAPL', 'MSFT', 'SPY'];

function tick(index: number): Parameters<Publisher['publish']>[0] {
  const symbol = symbols[index % symbols.length] ?? '';
  const time = 1_600_000_000_000_000_000n + BigInt(index) * 1_000_000n;
  return { symbol, time, trade: { price: `${100 + (index % 10)}.25`, size: '5' } };
}

/** Publishes `count` ticks and answers the sequences by symbol, in the order in which they were taken. */
async function publishMany(publisher: Publisher, count: number, from = 0): Promise<Map<string, number[]>> {
  const taken = new Map<string, number[]>();
  for (let index = from; index < from + count; index += 1) {
    const next = tick(index);
    const sequence = await publisher.publish(next);
    taken.set(next.symbol, [...(taken.get(next.symbol) ?? []), sequence]);
  }
  return taken;
}

function expectOnce(publisherId: bigint, taken: Map<string, number[]>): void {
  const chains = applied(ingest.log);
  for (const [symbol, sequences] of taken) {
    expect(chains.get(`${publisherId} ${symbol}`)).toEqual({ sequences, held: 0 });
  }
  expect(ingest.breaches).toEqual([]);
}

test('ticks arrive once, in order, in batches', async () => {
  const publisher = await connect();
  const taken = await publishMany(publisher, 5_000);
  await publisher.flushed();
  expect(publisher.unsettledTicks).toBe(0);
  expectOnce(publisher.publisherId, taken);
  expect(ingest.log).toHaveLength(5_000);
  expect(Math.max(...ingest.batches)).toBe(2_000);
  expect(ingest.streams).toBe(1);
});

test.each(Array.from({ length: 8 }, (_, index) => index + 1))(
  'through cuts before and after a batch is taken, lost acks and delays every tick counts once: seed %i',
  async (seed) => {
    ingest.faults = { random: seeded(seed), cutBefore: 0.15, cutAfter: 0.15, ackDelayMs: 3 };
    const publisher = await connect({ batchTicksMax: 20, unsettledTicksMax: 200, lingerMs: 1 });
    const taken = await publishMany(publisher, 2_000);
    await publisher.flushed();
    expectOnce(publisher.publisherId, taken);
    expect(ingest.streams).toBeGreaterThan(5);
    expect(ingest.log.length).toBeGreaterThan(2_000);
  },
);

test('a client that sent each tick once would lose some by the same faults', async () => {
  ingest.faults = { random: seeded(1), cutBefore: 0.15, cutAfter: 0.15, ackDelayMs: 3 };
  const publisher = await connect({ batchTicksMax: 20, unsettledTicksMax: 200, lingerMs: 1 });
  await publishMany(publisher, 2_000);
  await publisher.flushed();
  expect(ingest.lostAtFirst.size).toBeGreaterThan(20);
});

test('rejects are told once each, with sequence and reason, and their neighbours go through', async () => {
  ingest.faults = {
    random: seeded(3),
    cutBefore: 0.1,
    cutAfter: 0.1,
    rejects: (symbol, sequence) => symbol === 'MSFT' && sequence % 4 === 0,
  };
  const rejections: PublishRejection[] = [];
  const publisher = await connect({
    batchTicksMax: 20,
    unsettledTicksMax: 200,
    listener: { rejected: (rejection) => rejections.push(rejection) },
  });
  const taken = await publishMany(publisher, 600);
  await publisher.flushed();
  expectOnce(publisher.publisherId, taken);
  const refused = (taken.get('MSFT') ?? []).filter((sequence) => sequence % 4 === 0);
  expect(rejections.map(({ sequence }) => sequence).sort((a, b) => a - b)).toEqual(refused);
  expect(rejections[0]).toMatchObject({ symbol: 'MSFT', code: 'PRICE_OUT_OF_RANGE', facts: { field: 'price' } });
});

test('at the bound of unsettled ticks publish waits, and goes on in order', async () => {
  const publisher = await connect({ batchTicksMax: 10, unsettledTicksMax: 50 });
  ingest.isTaking = false;
  let taken = 0;
  const publishing = Array.from({ length: 200 }, async (_, index) => {
    const sequence = await publisher.publish(tick(index));
    taken += 1;
    return sequence;
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(taken).toBe(50);
  expect(publisher.unsettledTicks).toBe(50);
  ingest.isTaking = true;
  const sequences = await Promise.all(publishing);
  expect(sequences).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
  await publisher.flushed();
});

test('more than 10,000 calls do not wait for room', async () => {
  const publisher = await connect({ batchTicksMax: 10, unsettledTicksMax: 20 });
  ingest.isTaking = false;
  const calls = Array.from({ length: 10_021 }, (_, index) => publisher.publish(tick(index)));
  await expect(calls.at(-1)).rejects.toMatchObject({ reason: 'BUSY' });
  void Promise.allSettled(calls);
  await publisher.close(0);
  await expect(calls[10_000]).rejects.toMatchObject({ reason: 'CLOSED' });
});

test('another server takes over, under the same id', async () => {
  const other = new FakeIngest();
  await other.start();
  const news: string[] = [];
  const publisher = await connect({
    address: [ingest.address, other.address],
    batchTicksMax: 10,
    listener: { connected: ({ address }) => news.push(address) },
  });
  const id = publisher.publisherId;
  await publishMany(publisher, 100);
  await publisher.flushed();
  await ingest.stop();
  await publishMany(publisher, 100, 100);
  await publisher.flushed();
  expect(news.at(-1)).toBe(other.address);
  expect(publisher.publisherId).toBe(id);
  expect(applied([...ingest.log, ...other.log]).get(`${id} AAPL`)?.held).toBe(0);
  expect(other.breaches).toEqual([]);
  await publisher.close();
  await other.stop();
});

test('a server that settles nothing is given up', async () => {
  const clock = new ManualClock(Date.now());
  const errors: Error[] = [];
  const publisher = await connect({
    clock,
    lingerMs: 0,
    listener: { disconnected: ({ error }) => errors.push(error) },
    times: { settleMs: 60_000 },
  });
  ingest.isTaking = false;
  await publisher.publish(tick(0));
  await new Promise((resolve) => setTimeout(resolve, 30));
  for (let second = 0; second < 62 && errors.length === 0; second += 1) await clock.advance(1_000);
  await expect.poll(() => errors[0]).toMatchObject({ reason: 'NO_ANSWER' });
  ingest.isTaking = true;
  const flushed = publisher.flushed();
  for (let tries = 0; tries < 20; tries += 1) await clock.advance(10);
  await flushed;
});

test('a refusal that a new try cannot cure ends the publisher with the reason', async () => {
  const refusing = connectPublisher({ address: ingest.address, dataset: '' });
  await expect(refusing).rejects.toMatchObject({ reason: 'FIELD_INVALID' });
  const nobody = connectPublisher({ address: '127.0.0.1:1', dataset: 'test', times: { connectMs: 100 } });
  await expect(nobody).rejects.toMatchObject({ reason: 'NO_ANSWER' });
});

test('an id is given up before it ends: everything settled, then a new one with links from 0', async () => {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  ingest.nowMs = () => clock.nowMs();
  const renewed: bigint[] = [];
  const publisher = await connect({
    clock,
    lingerMs: 0,
    listener: { renewed: ({ publisherId }) => renewed.push(publisherId) },
  });
  const first = publisher.publisherId;
  const before = await publishMany(publisher, 30);
  await publisher.flushed();
  clock.setWallMs(Date.UTC(2026, 0, 7, 13));
  await clock.advance(1_000);
  await expect.poll(() => publisher.publisherId !== first && publisher.publisherId !== 0n).toBe(true);
  expect(renewed).toEqual([first]);
  const after = await publishMany(publisher, 30, 30);
  await publisher.flushed();
  expectOnce(first, before);
  expectOnce(publisher.publisherId, after);
});

/** A publisher whose id ends while one tick is unsettled: it arrived, and its ack did not. */
async function expiring(
  expired: 'fail' | 'drop',
  dropped: unknown[],
): Promise<{ publisher: Publisher; end: () => void }> {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  ingest.nowMs = () => clock.nowMs();
  const publisher = await connect({
    clock,
    lingerMs: 0,
    expired,
    listener: { renewed: (news) => dropped.push(news.dropped) },
  });
  ingest.faults = { random: () => 0, cutAfter: 1 };
  await publisher.publish(tick(0));
  await expect.poll(() => ingest.log.length > 0).toBe(true);
  clock.setWallMs(Date.UTC(2026, 0, 8));
  const advancing = setInterval(() => void clock.advance(5), 1);
  return { publisher, end: () => clearInterval(advancing) };
}

const oneTick = { ticks: 1, first: 1, last: 1 };

test('an id that ended with ticks unsettled ends the publisher, which says which', async () => {
  const { publisher, end } = await expiring('fail', []);
  const publisherId = publisher.publisherId;
  const failure = { name: 'PublisherExpiredError', publisherId, unsettled: oneTick };
  await expect(publisher.flushed()).rejects.toMatchObject(failure);
  await expect(publisher.publish(tick(1))).rejects.toMatchObject({ reason: 'PUBLISHER_EXPIRED' });
  end();
});

test('or, if asked to, goes on without them under a new id, and says so', async () => {
  const dropped: unknown[] = [];
  const { publisher, end } = await expiring('drop', dropped);
  ingest.faults = { random: () => 1 };
  await expect.poll(() => dropped).toEqual([oneTick]);
  const after = await publishMany(publisher, 10, 3);
  await publisher.flushed();
  expectOnce(publisher.publisherId, after);
  expect(ingest.log.filter(({ sequence }) => sequence === 1)).not.toHaveLength(0);
  expect(new Set(ingest.log.filter(({ sequence }) => sequence === 1).map((found) => found.publisherId)).size).toBe(1);
  end();
});

test('a replay says how far quiet instruments are, and ends them all, through cuts', async () => {
  ingest.faults = { random: seeded(5), cutBefore: 0.1, cutAfter: 0.1 };
  const publisher = await connect({ timeDomain: 'replay', batchTicksMax: 10, unsettledTicksMax: 100 });
  const at = (sec: number): string =>
    `2020-01-01T00:${String(Math.floor(sec / 60)).padStart(2, '0')}:${String(sec % 60).padStart(2, '0')}Z`;
  const trade = { price: '10', size: '1' };
  await publisher.publish({ symbol: 'QUIET', time: at(0), trade });
  for (let sec = 0; sec < 200; sec += 1) await publisher.publish({ symbol: 'BUSY', time: at(sec), trade });
  await publisher.flushed();
  const said = ingest.progressed.filter(({ symbol }) => symbol === 'QUIET').map(({ timeNs }) => timeNs);
  const start = BigInt(Date.UTC(2020, 0, 1)) * 1_000_000n;
  expect(said.at(-1)).toBe(start + 180_000_000_000n);
  expect(ingest.progressed.every(({ link, symbol }) => symbol !== 'QUIET' || link === 1n)).toBe(true);
  await publisher.end();
  expect(new Set(ingest.ended.map(({ symbol, link }) => `${symbol} ${link}`))).toEqual(
    new Set(['QUIET 1', 'BUSY 201']),
  );
  expect(ingest.breaches).toEqual([]);
  await expect(publisher.publish({ symbol: 'BUSY', time: at(300), trade })).rejects.toMatchObject({ reason: 'ENDED' });
});

test('a live publisher has no progress and no end', async () => {
  const publisher = await connect();
  expect(() => publisher.progress(new Date())).toThrow('delayed and replay');
  await expect(publisher.end()).rejects.toThrow('close a live one');
});
