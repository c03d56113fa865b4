/**
 * How batches of many partitions leave: together where they lie ready, within bounds, and not behind a broker that hangs
 * once another one leads.
 */
import { ManualClock } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { LinkError } from './link-error.ts';
import type { KafkaCalls, ProduceTrip } from './kafka-calls.ts';
import { type BatchTrip, ProduceOutbox } from './produce-outbox.ts';
import type { ProduceAnswer, ProducePart } from './wire-requests.ts';

type Request = {
  readonly node: number;
  readonly parts: readonly ProducePart[];
  readonly trip: ProduceTrip;
  readonly answer: () => void;
};

const limits = { requestBytesMax: 1_000, requestsMax: { together: 1, apart: 1 }, replyMs: 50 };
const together: BatchTrip = { route: 'together', replicasMs: 100 };
const apart: BatchTrip = { route: 'apart', replicasMs: 100 };

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
  const sent = outbox.send(1, partOf(0), { route: 'together', replicasMs: 10_000 });
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
  const partitionsOf = ({ parts }: Request): number[] => parts.map(({ place }) => place.partition);
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
  sent.push(outbox.send(1, partOf(3), { route: 'apart', replicasMs: 7 }));
  await turns();
  const waitsOf = (route: string): number[][] =>
    requests.filter(({ trip }) => trip.route === route).map(({ trip }) => [trip.replicasMs, trip.replyMs]);
  expect(waitsOf('apart')).toEqual([[7, 57]]);
  expect(waitsOf('together')).toEqual([
    [100, 150],
    [100, 250],
    [100, 350],
  ]);
  for (const { answer } of requests) answer();
  await Promise.all(sent);
});

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

async function turns(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}
