/** The hub: what it does with records that are no records, with instruments that moved, and with nobody there. */
import { MalformedError } from '@tapeline/domain';
import { SimulatedTopic } from '../../test-kit/simulated-topic.ts';
import { expect, test } from 'vitest';
import { StreamQueue } from './stream-queue.ts';
import type { Followed, RecordMarks } from './stream-item.ts';
import { type TestItem } from '../../test-kit/simulated-topic.ts';

/** Follows an instrument that lives there; all streams of it have one view. */
function followedOf(pin: number): Followed<TestItem> {
  return {
    digest: 'one',
    instruments: new Map([['i', { dataset: 'd', symbol: 'i', pin }]]),
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

function item(epoch: number = 0): TestItem {
  return { dataset: 'd', instrument: 'i', bytes: Uint8Array.of(1), epoch };
}

function queueOf(): StreamQueue<TestItem> {
  return new StreamQueue({ bytesMax: 1e6, starts: [] });
}

/** A hub whose partitions have told these clocks, and one stream of an instrument that lives in 0. */
async function hubAt(clocksNs: readonly bigint[]): Promise<{ topic: SimulatedTopic; watermark: () => bigint }> {
  const topic = await SimulatedTopic.start(clocksNs.length);
  const followed = followedOf(0);
  topic.hub.join(followed, queueOf());
  for (const [partition, clockNs] of clocksNs.entries()) await topic.append(partition, { clockNs, items: [] });
  return { topic, watermark: () => topic.hub.placeOf(followed).watermarkNs };
}

function left(epoch: number, to: number, clockNs: bigint = 0n): RecordMarks {
  return { departures: [{ dataset: 'd', instrument: 'i', epoch, to, clockNs }], arrivals: [] };
}

function came(epoch: number): RecordMarks {
  return { departures: [], arrivals: [{ dataset: 'd', instrument: 'i', epoch }] };
}

test('the clock of a partition that an instrument is seen in unannounced counts, too', async () => {
  const { topic, watermark } = await hubAt([9n, 9n, 5n]);
  expect(watermark()).toBe(9n);
  await topic.append(2, { clockNs: 6n, items: [item()] });
  expect(watermark()).toBe(6n);
  await topic.append(2, { clockNs: 12n, items: [] });
  expect(watermark()).toBe(9n);
  await topic.stop();
});

test('an instrument on its way is complete up to its departure, and then as far as the clock of where it came', async () => {
  const { topic, watermark } = await hubAt([10n, 20n, 30n]);
  await topic.append(0, { clockNs: 50n, items: [item()], marks: left(1, 1) });
  await topic.append(1, { clockNs: 60n, items: [] });
  expect(watermark()).toBe(10n);
  await topic.append(1, { clockNs: 70n, items: [item(1)], marks: came(1) });
  expect(watermark()).toBe(70n);
  // A worker that starts again tells it once more.
  await topic.append(0, { clockNs: 55n, items: [item()], marks: left(1, 1) });
  expect(watermark()).toBe(70n);
  await topic.append(1, { clockNs: 80n, items: [], marks: left(4, 2, 75n) });
  await topic.append(2, { clockNs: 90n, items: [], marks: came(4) });
  expect(watermark()).toBe(90n);
  await topic.stop();
});

test('an arrival that is read before the departure leaves the clocks of all to count until it was', async () => {
  const { topic, watermark } = await hubAt([10n, 20n, 30n]);
  await topic.append(1, { clockNs: 70n, items: [], marks: came(1) });
  expect(watermark()).toBe(10n);
  await topic.append(0, { clockNs: 65n, items: [], marks: left(1, 1) });
  expect(watermark()).toBe(70n);
  await topic.stop();
});

test('an instrument that was sent on at once is held by its last departure', async () => {
  const { topic, watermark } = await hubAt([10n, 20n, 30n]);
  await topic.append(0, { clockNs: 40n, items: [], marks: left(1, 1) });
  const through: RecordMarks = { ...left(2, 2, 35n), arrivals: came(1).arrivals };
  await topic.append(1, { clockNs: 60n, items: [], marks: through });
  expect(watermark()).toBe(35n);
  await topic.append(2, { clockNs: 80n, items: [], marks: came(2) });
  expect(watermark()).toBe(80n);
  await topic.stop();
});

test('of an instrument that moved before the hub began all clocks count, until it is seen where the map has it', async () => {
  const topic = await SimulatedTopic.start(3);
  topic.place({
    epoch: 7,
    overrides: [{ dataset: 'd', symbol: 'i', partition: 2, epoch: 7, standing: 'spread' }],
    epochTimes: [],
  });
  const followed = followedOf(0);
  topic.hub.join(followed, queueOf());
  expect(topic.hub.homesOf(followed)).toBeUndefined();
  for (const [partition, clockNs] of [10n, 20n, 30n].entries()) await topic.append(partition, { clockNs, items: [] });
  expect(topic.hub.placeOf(followed).watermarkNs).toBe(10n);
  await topic.append(2, { clockNs: 40n, items: [item(7)] });
  expect(topic.hub.placeOf(followed).watermarkNs).toBe(10n);
  // All have passed the clock at which it was seen: what it put out elsewhere before was read.
  await topic.append(0, { clockNs: 41n, items: [] });
  await topic.append(1, { clockNs: 42n, items: [] });
  await topic.append(2, { clockNs: 99n, items: [] });
  await topic.clock.advance(1_000);
  expect(topic.hub.placeOf(followed).watermarkNs).toBe(99n);
  await topic.stop();
});

test('a departure from long ago, whose arrival may have been missed, holds for 30 s of the clock where it went', async () => {
  const sec = 1_000_000_000n;
  const { topic, watermark } = await hubAt([100n * sec, 200n * sec, 300n * sec]);
  await topic.append(0, { clockNs: 101n * sec, items: [], marks: left(1, 1) });
  await topic.append(0, { clockNs: 999n * sec, items: [] });
  await topic.append(1, { clockNs: 230n * sec, items: [] });
  await topic.clock.advance(1_000);
  expect(watermark()).toBe(100n * sec);
  await topic.append(1, { clockNs: 231n * sec, items: [] });
  await topic.clock.advance(1_000);
  expect(watermark()).toBe(231n * sec);
  await topic.stop();
});

test('partitions that are added are read from their first record, for streams that run', async () => {
  const topic = await SimulatedTopic.start(1);
  const [followed, queue] = [followedOf(0), queueOf()];
  topic.hub.join(followed, queue);
  topic.addPartitions(2);
  await topic.append(2, { clockNs: 5n, items: [item(1)] });
  expect(queue.isEmpty).toBe(true);
  await topic.log.refreshPartitions();
  topic.hub.grow(3);
  topic.hub.grow(2);
  await topic.append(1, { clockNs: 6n, items: [item(2)] });
  await topic.append(2, { clockNs: 7n, items: [item(3)] });
  const taken = [queue.take(), queue.take(), queue.take()].map(
    (batch) => `${batch?.partition} to ${batch?.nextOffset}`,
  );
  expect(new Set(taken)).toEqual(new Set(['1 to 1', '2 to 1', '2 to 2']));
  expect(topic.hub.positions).toEqual([0, 1, 2]);
  await topic.stop();
  expect(queue.problem?.reason).toBe('SHUTTING_DOWN');
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
