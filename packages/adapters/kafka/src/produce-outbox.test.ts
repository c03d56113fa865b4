/**
 * How batches of many partitions leave: together where they lie ready, within bounds, not behind a broker that hangs once
 * another one leads, and not when their time is out.
 */
import { ManualClock } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { LinkError } from './link-error.ts';
import type { KafkaCalls, ProduceTrip } from './kafka-calls.ts';
import { ProduceOutbox } from './produce-outbox.ts';
import type { ProduceAnswer, ProducePart } from './wire-requests.ts';

type Request = {
  readonly node: number;
  readonly parts: readonly ProducePart[];
  readonly trip: ProduceTrip;
  readonly answer: () => void;
};

const limits = { requestBytesMax: 1_000, requestsMax: { together: 1, apart: 1 }, replicasMs: 1_000, replyMs: 50 };
const together = { isStraggling: false, untilMs: 60_000 };
const apart = { isStraggling: true, untilMs: 60_000 };

function made(more: Partial<typeof limits> = {}): {
  outbox: ProduceOutbox;
  requests: Request[];
  clock: ManualClock;
} {
  const requests: Request[] = [];
  const clock = new ManualClock(0);
  const produce: KafkaCalls['produce'] = async (node, parts, trip) =>
    new Promise((resolve) => {
      const answers: ProduceAnswer[] = parts.map(({ place }) => ({
        place,
        code: 0,
        baseOffset: 0,
        appendTimeMs: 1,
        message: null,
      }));
      requests.push({ node, parts, trip, answer: () => resolve(answers) });
    });
  const outbox = new ProduceOutbox({ calls: { produce }, clock, ...limits, ...more });
  return { outbox, requests, clock };
}

function partOf(partition: number, bytes = 10): ProducePart {
  return { place: { topic: 't', topicId: 'x', partition }, batch: Buffer.alloc(bytes) };
}

test('what waits while a request is under way goes with the next one, up to its bytes', async () => {
  const { outbox, requests } = made();
  const sent = [outbox.send(1, partOf(0), together)];
  await turns();
  for (const partition of [1, 2, 3]) sent.push(outbox.send(1, partOf(partition, 450), together));
  await turns();
  expect(requests.map(({ parts }) => parts.length)).toEqual([1]);
  requests[0]?.answer();
  await turns();
  requests[1]?.answer();
  await turns();
  requests[2]?.answer();
  await Promise.all(sent);
  expect(requests.map(({ parts }) => parts.map(({ place }) => place.partition))).toEqual([[0], [1, 2], [3]]);
});

test('brokers do not wait for each other', async () => {
  const { outbox, requests } = made();
  const sent = [1, 2].map(async (node) => outbox.send(node, partOf(node), together));
  await turns();
  expect(requests.map(({ node }) => node)).toEqual([1, 2]);
  for (const { answer } of requests) answer();
  await Promise.all(sent);
});

test('a broker that hangs is named once another one leads, and not before', async () => {
  const { outbox, requests, clock } = made();
  const sent = outbox.send(1, partOf(0), together);
  await turns();
  expect(outbox.isSlow(2_000)).toBe(false);
  await clock.advance(2_000);
  expect(outbox.isSlow(2_000)).toBe(true);
  expect(outbox.deposed(2_000, () => 1)).toEqual([]);
  expect(outbox.deposed(2_000, () => undefined)).toEqual([]);
  expect(outbox.deposed(2_000, () => 2)).toEqual([1]);
  requests[0]?.answer();
  await sent;
  expect(outbox.isSlow(0)).toBe(false);
});

test('what goes apart holds up nothing that goes together, and what waits there goes with its next', async () => {
  const { outbox, requests } = made();
  const sent = [outbox.send(1, partOf(0), apart)];
  await turns();
  for (const partition of [1, 2]) sent.push(outbox.send(1, partOf(partition), apart));
  for (const partition of [3, 4]) sent.push(outbox.send(1, partOf(partition), together));
  await turns();
  expect(requests.map((request) => [request.trip.route, partitionsOf(request)])).toEqual([
    ['apart', [0]],
    ['together', [3, 4]],
  ]);
  for (const at of [1, 0]) requests[at]?.answer();
  await turns();
  requests[2]?.answer();
  await Promise.all(sent);
  expect(partitionsOf(requests[2] as Request)).toEqual([1, 2]);
});

test('a reply is waited for longer than for the replicas of all requests before it on its connection', async () => {
  const { outbox, requests } = made({ requestBytesMax: 10, requestsMax: { together: 3, apart: 1 } });
  const sent = [0, 1, 2].map(async (partition) => outbox.send(1, partOf(partition), together));
  sent.push(outbox.send(1, partOf(3), { isStraggling: true, untilMs: 700 }));
  await turns();
  const waitsOf = (route: string): number[][] =>
    requests.filter(({ trip }) => trip.route === route).map(({ trip }) => [trip.replicasMs, trip.replyMs]);
  expect(waitsOf('apart')).toEqual([[700, 750]]);
  expect(waitsOf('together')).toEqual([
    [1_000, 1_050],
    [1_000, 2_050],
    [1_000, 3_050],
  ]);
  for (const { answer } of requests) answer();
  await Promise.all(sent);
});

test('batches that are merely late go together, not behind one that waits for replicas', async () => {
  const { outbox, requests } = made({ replicasMs: 10_000 });
  const sent = [outbox.send(1, partOf(0), apart)];
  for (const partition of [1, 2, 3]) sent.push(outbox.send(1, partOf(partition), { ...together, untilMs: 18_000 }));
  sent.push(outbox.send(1, partOf(4), { ...together, untilMs: 9_000 }));
  await turns();
  expect(requests.map((request) => [request.trip.route, partitionsOf(request), request.trip.replicasMs])).toEqual([
    ['apart', [0], 10_000],
    ['together', [1, 2, 3, 4], 9_000],
  ]);
  for (const { answer } of requests) answer();
  await Promise.all(sent);
});

test.each([
  ['together', together],
  ['apart', apart],
])('a batch with little time left goes first, and cuts the time of no other that goes %s', async (_, trip) => {
  const { outbox, requests, clock } = made();
  const sent = [outbox.send(1, partOf(0), trip)];
  await turns();
  for (const [partition, untilMs] of [60_000, 2_650, 60_000, 2_700].entries())
    sent.push(outbox.send(1, partOf(partition + 1), { ...trip, untilMs }));
  await clock.advance(2_500);
  for (const at of [0, 1, 2]) {
    requests[at]?.answer();
    await turns();
  }
  await Promise.all(sent);
  expect(requests.map((request) => [partitionsOf(request), request.trip.replicasMs])).toEqual([
    [[0], 1_000],
    [[2, 4], 150],
    [[1, 3], 1_000],
  ]);
});

test.each([
  ['at the next look', (outbox: ProduceOutbox) => outbox.giveBackLate()],
  ['when its turn comes', (_: ProduceOutbox, [under]: readonly Request[]) => under?.answer()],
])(
  'a batch whose time is out while it waits is given back unsent %s; one that is on its way is not',
  async (_, look) => {
    const { outbox, requests, clock } = made();
    const short = { isStraggling: true, untilMs: 300 };
    const first = outbox.send(1, partOf(0), short);
    await turns();
    const second = outbox.send(1, partOf(1), short);
    await clock.advance(299);
    outbox.giveBackLate();
    await clock.advance(1);
    look(outbox, requests);
    await expect(second).rejects.toMatchObject({ maySent: false, message: expect.stringContaining('time of a batch') });
    requests[0]?.answer();
    await expect(first).resolves.toMatchObject({ code: 0 });
    await turns();
    expect(requests.map(partitionsOf)).toEqual([[0]]);
  },
);

test('a failed request fails each of its batches', async () => {
  const clock = new ManualClock(0);
  const produce = async (): Promise<never> => {
    throw new LinkError('cut', true);
  };
  const outbox = new ProduceOutbox({ calls: { produce }, clock, ...limits });
  const sent = [0, 1].map(async (partition) => outbox.send(1, partOf(partition), together));
  const settled = await Promise.allSettled(sent);
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});

function partitionsOf({ parts }: Request): number[] {
  return parts.map(({ place }) => place.partition);
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}
