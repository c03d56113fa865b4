/**
 * Ids that ingest calls expired while clocks disagree. In: a server that refuses every id, young or old. Out: nothing that
 * an id too young to have ended carries is dropped, the user is told, and no try follows another without a pause.
 */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectPublisher, type Publisher, type PublisherOptions } from '@tapeline/client';
import { ManualClock } from '@tapeline/runtime';
import { applied, FakeIngest } from './fake-ingest.ts';

const dayMs = 86_400_000;
const startMs = Date.UTC(2026, 0, 1, 23, 59);

let ingest: FakeIngest;
let clock: ManualClock;
let publisher: Publisher | undefined;
let disconnected: { readonly error: Error; readonly retryMs: number }[];
let renewed: unknown[];

beforeEach(async () => {
  ingest = new FakeIngest();
  clock = new ManualClock(startMs);
  ingest.nowMs = () => clock.nowMs();
  [disconnected, renewed] = [[], []];
  await ingest.start();
});

afterEach(async () => {
  await publisher?.close(0);
  publisher = undefined;
  await ingest.stop();
});

async function connect(options: Partial<PublisherOptions> = {}): Promise<Publisher> {
  publisher = await connectPublisher({
    address: ingest.address,
    dataset: 'test',
    clock,
    random: { next: () => 0.5 },
    lingerMs: 0,
    times: { retryFirstMs: 100, retryMaxMs: 400 },
    listener: { disconnected: (news) => disconnected.push(news), renewed: (news) => renewed.push(news.dropped) },
    ...options,
  });
  return publisher;
}

const tick = { symbol: 'A', time: 5n, trade: { price: '1', size: '1' } } as const;

/** Waits for refusal number `at`, with the pause after it still to come. */
async function refused(at: number): Promise<void> {
  await expect.poll(() => disconnected.length, { timeout: 5_000 }).toBe(at);
}

/** Lets the pause after the last refusal go by. */
async function pause(): Promise<void> {
  await clock.advance(disconnected.at(-1)?.retryMs ?? 0);
}

function pauses(): number[] {
  return disconnected.map(({ retryMs }) => retryMs);
}

test.each(['fail', 'drop'] as const)(
  'an id refused as expired on its first day keeps its ticks: %s',
  async (expired) => {
    ingest.faults = { random: () => 1, expires: true };
    const open = await connect({ expired });
    const id = open.publisherId;
    await open.publish(tick);
    // By its day of issue it is of yesterday.
    clock.setWallMs(startMs + dayMs - 1_000);
    for (let at = 1; at < 5; at += 1) {
      await refused(at);
      await pause();
    }
    await refused(5);
    expect(pauses()).toEqual([50, 100, 200, 200, 200]);
    expect(disconnected[0]?.error).toMatchObject({ reason: 'CLOCKS_DISAGREE' });
    expect(disconnected[0]?.error.message).toMatch(/the id has expired.*set the clocks.*kept/);
    expect([ingest.streams, renewed]).toEqual([5, []]);
    ingest.faults = { random: () => 1 };
    const flushed = open.flushed();
    await pause();
    await flushed;
    expect(open.publisherId).toBe(id);
    expect(applied(ingest.log).get(`${id} A`)).toEqual({ sequences: [1], held: 0 });
  },
);

test('a server that refuses the ids it issues is asked again after a pause, and no id is said to have ended', async () => {
  let [calls, isSkewed] = [0, true];
  ingest.nowMs = () => {
    calls += 1;
    // For each new id the first look at the clock issues it, the second asks whether it has ended.
    return clock.nowMs() + (isSkewed && calls % 2 === 0 ? 8 * dayMs : 0);
  };
  const connecting = connect({ expired: 'drop' });
  await refused(1);
  await pause();
  await refused(2);
  isSkewed = false;
  await pause();
  const open = await connecting;
  expect(disconnected).toMatchObject(Array.from({ length: 2 }, () => ({ error: { reason: 'CLOCKS_DISAGREE' } })));
  expect([pauses(), renewed]).toEqual([[50, 100], []]);
  await open.publish(tick);
  await open.flushed();
});

test('where ids end for real one after the other, each new one waits longer', async () => {
  ingest.faults = { random: () => 1, expires: true };
  // The server's clock is behind, so that the ids it issues end within the minute.
  ingest.nowMs = () => clock.nowMs() - 6 * dayMs;
  const open = await connect({ expired: 'drop' });
  for (let at = 1; at <= 4; at += 1) {
    const publishing = open.publish(tick);
    await refused(at);
    await pause();
    await publishing;
  }
  expect(pauses()).toEqual([50, 100, 200, 200]);
  expect(disconnected[0]?.error).toMatchObject({ reason: 'PUBLISHER_EXPIRED' });
  expect(renewed).toEqual([1, 2, 3, 4].map((sequence) => ({ ticks: 1, first: sequence, last: sequence })));
});
