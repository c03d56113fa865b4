/** What control promises, whatever the brokers do: a record is sent once, what was given up never lands behind its successor. */
import type { ControlLogRecord, LogError } from '@tapeline/domain';
import { afterEach, expect, test } from 'vitest';
import { FakeCluster } from '../../test-kit/fake-cluster.ts';
import { code } from '../error-codes.ts';
import { BatchBuilder } from '../record-batch.ts';
import { readControlBatches } from './control-batches.ts';
import type { KafkaControl } from './kafka-control.ts';

const opened: KafkaControl[] = [];
afterEach(async () => void (await Promise.all(opened.splice(0).map(async (one) => one.close()))));

async function made(): Promise<{ cluster: FakeCluster; control: KafkaControl }> {
  const cluster = new FakeCluster(1);
  const control = await cluster.openControl();
  opened.push(control);
  return { cluster, control };
}

async function outcomeOf(append: Promise<{ offset: number }>): Promise<number | string> {
  return append.then(
    ({ offset }) => offset,
    (error: unknown) => (error as LogError).code,
  );
}

/** What the broker has, as keys. */
async function held(cluster: FakeCluster): Promise<string[]> {
  const log = cluster.log('s.control', 0);
  const { records } = await readControlBatches(log.read(log.firstOffset, Infinity), 0);
  return records.map(({ key }) => key);
}

test.each([
  ['lose-request', []],
  ['lose-reply', ['a']],
  ['say-nothing', ['a']],
  [{ code: 6 }, []],
] as const)(
  'after %j a record is unknown and not sent again, and the next one lands behind it',
  async (fate, landed) => {
    const { cluster, control } = await made();
    cluster.fates.push(fate);
    expect(await outcomeOf(control.append('a', Uint8Array.of(1)))).toBe('LOG_UNAVAILABLE');
    expect(cluster.produced).toHaveLength(1);
    expect(await held(cluster)).toEqual(landed);
    expect(await outcomeOf(control.append('b', Uint8Array.of(2)))).toBe(landed.length);
    expect(cluster.produced).toHaveLength(2);
    expect(await held(cluster)).toEqual([...landed, 'b']);
  },
);

test('a request that arrives after its successor was acknowledged is refused by the broker', async () => {
  const { cluster, control } = await made();
  await control.append('first', undefined);
  cluster.fates.push('keep');
  expect(await outcomeOf(control.append('map/1/7', Uint8Array.of(1)))).toBe('LOG_UNAVAILABLE');
  expect(await outcomeOf(control.append('map/1/8', Uint8Array.of(1)))).toBe(1);
  cluster.deliverKept();
  expect(await held(cluster)).toEqual(['first', 'map/1/8']);
});

test('a request that arrives before its successor is there', async () => {
  const { cluster, control } = await made();
  cluster.fates.push('keep');
  expect(await outcomeOf(control.append('map/1/7', Uint8Array.of(1)))).toBe('LOG_UNAVAILABLE');
  cluster.deliverKept();
  expect(await outcomeOf(control.append('map/1/8', Uint8Array.of(1)))).toBe(1);
  expect(await held(cluster)).toEqual(['map/1/7', 'map/1/8']);
});

test('what was surely not sent waits for a leader within its time', async () => {
  const { cluster, control } = await made();
  cluster.leaders.set('s.control 0', -1);
  // The view knows the old leader still, who refuses: that one is not sent again.
  expect(await outcomeOf(control.append('a', Uint8Array.of(1)))).toBe('LOG_UNAVAILABLE');
  const waits = outcomeOf(control.append('b', Uint8Array.of(1)));
  cluster.leaders.set('s.control 0', 2);
  expect(await waits).toBe(0);
});

test('a reader passes over what compaction took and begins again after a failure where it was', async () => {
  const { cluster, control } = await made();
  const log = cluster.log('s.control', 0);
  for (const key of ['a', 'b', 'c', 'd']) await control.append(key, Uint8Array.of(1));
  log.batches = log.batches.filter((_, index) => index !== 1);
  const reader = control.open();
  const keysOf = (records: readonly ControlLogRecord[] | undefined): unknown[] =>
    (records ?? []).map(({ key, offset }) => [key, offset]);
  expect(keysOf(await reader.next())).toEqual([
    ['a', 0],
    ['c', 2],
    ['d', 3],
  ]);
  cluster.onFetch = (_, answer) => ({ ...answer, code: 6 });
  await expect(reader.next()).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
  cluster.onFetch = undefined;
  const next = reader.next();
  await control.append('e', undefined);
  expect(keysOf(await next)).toEqual([['e', 4]]);
  await reader.close();
});

test('a log that ends before what was read, or whose records left by themselves, is told and not read on', async () => {
  const { cluster, control } = await made();
  const log = cluster.log('s.control', 0);
  for (const key of ['a', 'b']) await control.append(key, Uint8Array.of(1));
  const reader = control.open();
  await reader.next();
  log.goBackTo(1);
  await expect(reader.next()).rejects.toMatchObject({ code: 'LOG_REPLACED' });
  const other = control.open();
  expect((await other.next())?.map(({ key }) => key)).toEqual(['a']);
  log.firstOffset = 5;
  log.endOffset = 6;
  log.batches = [];
  await expect(other.next()).rejects.toMatchObject({ code: 'LOG_REPLACED' });
});

test('a topic that was made anew is not written and not read', async () => {
  const { cluster, control } = await made();
  await control.append('a', Uint8Array.of(1));
  const reader = control.open();
  await reader.next();
  cluster.topicId = 'BBBBBBBBBBBBBBBBBBBBBA';
  for (let turn = 0; turn < 200 && (await outcomeOf(control.append('b', undefined))) !== 'LOG_REPLACED'; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(await outcomeOf(control.append('b', undefined))).toBe('LOG_REPLACED');
  await expect(reader.next()).rejects.toMatchObject({ code: 'LOG_REPLACED' });
});

test('a stream without the topic is told how to make it', async () => {
  const cluster = new FakeCluster(1);
  cluster.topicCodes.set('s.control', code.unknownTopicOrPartition);
  await expect(cluster.openControl()).rejects.toMatchObject({
    code: 'KAFKA_TOPICS',
    message: expect.stringMatching(
      /^topic s\.control cannot be used .*one partition, cleanup\.policy=compact/,
    ) as string,
  });
});

test('batches keep keys and values that are absent, and damage is told', async () => {
  const builder = new BatchBuilder(10);
  const key = (text: string): Uint8Array => new TextEncoder().encode(text);
  builder.add(Uint8Array.of(1, 2), key('a'));
  builder.add(undefined, key('é'));
  builder.add(new Uint8Array(0), key('c'));
  const batch = await builder.seal({ producerId: 1, producerEpoch: 0, firstSequence: 0 }, 77, undefined);
  const { records, nextOffset } = await readControlBatches(batch, 1);
  expect(records).toEqual([
    { offset: 1, appendTimeMs: 77, key: 'é', bytes: undefined },
    { offset: 2, appendTimeMs: 77, key: 'c', bytes: new Uint8Array(0) },
  ]);
  expect(nextOffset).toBe(3);
  expect(await readControlBatches(batch.subarray(0, batch.length - 1), 0)).toEqual({
    records: [],
    nextOffset: 0,
    leaderEpoch: -1,
  });
  const damaged = Buffer.from(batch);
  damaged[batch.length - 1] = 9;
  await expect(readControlBatches(damaged, 0)).rejects.toMatchObject({ name: 'BatchError', mayPass: true });
});
