/** The hub: what it does with records that are no records, with instruments that moved, and with nobody there. */
import { MalformedError } from '@tapeline/domain';
import { SimulatedTopic } from '../../test-kit/simulated-topic.ts';
import { expect, test } from 'vitest';
import { StreamQueue } from './stream-queue.ts';
import type { Followed } from './stream-item.ts';
import { type TestItem } from '../../test-kit/simulated-topic.ts';

function followedOf(partition: number): Followed<TestItem> {
  return {
    digest: 'one',
    instruments: new Set(['i']),
    partitions: new Set([partition]),
    wantsInstrument: (instrument) => instrument === 'i',
    wants: ({ instrument }) => instrument === 'i',
  };
}

test('nothing is taken apart while nobody follows', async () => {
  const topic = await SimulatedTopic.start(2);
  await topic.append(0, { clockNs: 5n, items: [{ dataset: 'd', instrument: 'i', bytes: Uint8Array.of(1) }] });
  expect(topic.asked).toEqual([false]);
  expect(topic.hub.clocksNs).toEqual([5n, 0n]);
  await topic.stop();
});

test('a record that is none is counted, and the stream goes on', async () => {
  const topic = await SimulatedTopic.start(1);
  const queue = new StreamQueue<TestItem>({ bytesMax: 1e6, starts: [0] });
  topic.hub.join(followedOf(0), queue);
  await topic.append(0, new MalformedError('no record'));
  await topic.append(0, { clockNs: 0n, items: [{ dataset: 'd', instrument: 'i', bytes: Uint8Array.of(1) }] });
  expect([topic.malformed, queue.take()?.items.length, topic.hub.positions]).toEqual([1, 1, [2]]);
  await topic.stop();
});

test('the partition of an instrument that is elsewhere than its name says counts for all who follow it', async () => {
  const topic = await SimulatedTopic.start(3);
  const followed = [followedOf(0), followedOf(0), followedOf(0)];
  const [first, second, third] = followed as [Followed<TestItem>, Followed<TestItem>, Followed<TestItem>];
  const queue = (): StreamQueue<TestItem> => new StreamQueue({ bytesMax: 1e6, starts: [0, 0, 0] });
  const queues = [queue(), queue()];
  topic.hub.join(first, queues[0] as StreamQueue<TestItem>);
  topic.hub.join(second, queues[1] as StreamQueue<TestItem>);
  await topic.append(2, { clockNs: 0n, items: [{ dataset: 'd', instrument: 'i', bytes: Uint8Array.of(1) }] });
  topic.hub.join(third, queue());
  expect(followed.map(({ partitions }) => [...partitions])).toEqual([
    [0, 2],
    [0, 2],
    [0, 2],
  ]);
  await topic.stop();
  expect(queues.map(({ problem }) => problem?.reason)).toEqual(['SHUTTING_DOWN', 'SHUTTING_DOWN']);
});

test('an empty partition goes with the others, and stands still from the first tick that was not put out', async () => {
  const topic = await SimulatedTopic.start(3);
  topic.hub.join(followedOf(0), new StreamQueue<TestItem>({ bytesMax: 1e6, starts: [0, 0, 0] }));
  topic.appendTick(1);
  const mark = async (clockNs: bigint): Promise<readonly bigint[]> => {
    await topic.append(0, { clockNs, items: [] });
    await topic.clock.advance(1_000);
    return topic.hub.clocksNs;
  };
  expect(await mark(5n)).toEqual([5n, 0n, 5n]);
  topic.appendTick(2);
  expect(await mark(9n)).toEqual([9n, 0n, 5n]);
  await topic.append(1, { clockNs: 7n, items: [] });
  expect(await mark(11n)).toEqual([11n, 7n, 5n]);
  await topic.stop();
});
