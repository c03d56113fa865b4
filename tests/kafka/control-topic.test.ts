/**
 * `control` beside the topics of the log, and partitions that are added to them, on a real broker: streams from before there were maps get it
 * once, what does not fit is changed or told, and growing is settled by looking.
 */
import { topicNames } from '@tapeline/domain';
import { kafkaPartitions, observeStreams, openKafkaControl, streamTopicNames } from '@tapeline/kafka';
import { kafkaForTests } from '@tapeline/testbed';
import { afterEach, describe, expect, test } from 'vitest';
import { until } from './kafka-load.ts';
import { KafkaStream } from './kafka-stream.ts';

const kafka = await kafkaForTests();
const brokers = kafka.unavailable === undefined ? kafka.brokers : [];

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function made(options: Parameters<typeof KafkaStream.make>[1] = {}): Promise<KafkaStream> {
  const stream = await KafkaStream.make(brokers, { replicationFactor: 1, ...options });
  ends.push(async () => stream.end());
  return stream;
}

async function partitionsOf({ connection, name }: KafkaStream): Promise<Record<string, number>> {
  const observer = observeStreams({ connection });
  try {
    return Object.fromEntries((await observer.topics(name)).map(({ topic, partitions }) => [topic, partitions]));
  } finally {
    observer.close();
  }
}

describe.skipIf(kafka.unavailable !== undefined)(
  'control of a stream (needs Java 17 and Maven: install them, or name a cluster in KAFKA_BROKERS)',
  () => {
    test('it is made with the others, with one partition and compaction', async () => {
      const stream = await made({
        partitions: 3,
        retentionMs: { ticks: 3_600_000 },
        config: { 'segment.bytes': '33554432' },
      });
      expect(await stream.admin.topicConfig(stream.topic('control'))).toMatchObject({
        'cleanup.policy': 'compact',
        'min.compaction.lag.ms': '3600000',
        'message.timestamp.type': 'LogAppendTime',
        'min.insync.replicas': '1',
        'segment.bytes': '67108864',
      });
      expect(await partitionsOf(stream)).toEqual({ ticks: 3, bars: 3, tape: 3, quarantine: 3, control: 1 });
    });

    test('a stream of a version before has it made once; after that it is missed like any other', async () => {
      const stream = await made({ partitions: 2 });
      const { admin, name } = stream;
      const { ids } = await admin.ensureTopics({ stream: name, partitions: 2 });
      await admin.deleteTopics([stream.topic('control')]);
      const wanted = { stream: name, partitions: 2, replicationFactor: 1 };
      const known = new Map([...ids].filter(([topic]) => topic !== 'control'));
      await expect(admin.ensureTopics({ ...wanted, known, createTopics: false })).rejects.toThrow(
        /topics are missing: \S+\.control; create them \(control with one partition and cleanup\.policy=compact\)/,
      );
      await expect(openKafkaControl({ connection: stream.connection, stream: name })).rejects.toMatchObject({
        code: 'KAFKA_TOPICS',
      });
      await until(async () =>
        admin.ensureTopics({ ...wanted, known }).then(
          ({ created }) => created.join() === stream.topic('control'),
          () => false,
        ),
      );
      await expect(admin.ensureTopics({ ...wanted, known: ids })).rejects.toThrow(
        /control .* was deleted and made anew/,
      );
    });

    test('it alone can be seen to, and the others stay what they are', async () => {
      const stream = await made({ partitions: 2 });
      await stream.admin.setTopicConfig(stream.topic('bars'), { 'message.timestamp.type': 'CreateTime' });
      await stream.admin.setTopicConfig(stream.topic('control'), { 'cleanup.policy': 'delete' });
      const ensured = await stream.admin.ensureTopics({ stream: stream.name, partitions: 9, topics: ['control'] });
      expect(ensured).toMatchObject({ partitions: 9, created: [], changed: [stream.topic('control')] });
      expect(await stream.admin.topicConfig(stream.topic('control'))).toMatchObject({ 'cleanup.policy': 'compact' });
      expect(await stream.admin.topicConfig(stream.topic('bars'))).toMatchObject({
        'message.timestamp.type': 'CreateTime',
      });
    });

    test('two partitions of it are told, as they cannot be taken back', async () => {
      const stream = await made();
      await stream.admin.addPartitions(stream.topic('control'), 2);
      await expect(stream.admin.ensureTopics({ stream: stream.name, partitions: 1 })).rejects.toThrow(
        /control has 2 partitions; maps need one order/,
      );
    });
  },
);

describe.skipIf(kafka.unavailable !== undefined)(
  'partitions that are added to a stream (needs Java 17 and Maven: install them, or name a cluster in KAFKA_BROKERS)',
  () => {
    test('all topics of the log get them, also where a try before was cut short, and control does not', async () => {
      const stream = await made({ partitions: 2 });
      // As if somebody had ended in the middle.
      await stream.admin.addPartitions(stream.topic('ticks'), 4);
      await stream.admin.addPartitions(stream.topic('bars'), 6);
      const admin = kafkaPartitions({ connection: stream.connection, stream: stream.name });
      ends.push(() => admin.close());
      expect(await admin.addPartitions(4)).toBe(4);
      expect(await partitionsOf(stream)).toEqual({ ticks: 4, bars: 6, tape: 4, quarantine: 4, control: 1 });
      expect(await Promise.all([6, 5, 6, 3].map(async (count) => admin.addPartitions(count)))).toEqual(
        [6, 6, 6, 6].map(() => expect.any(Number) as number),
      );
      expect(await admin.addPartitions(1)).toBe(6);
      expect(await partitionsOf(stream)).toMatchObject({ ticks: 6, bars: 6, tape: 6, quarantine: 6 });
      await expect(admin.addPartitions(257)).rejects.toMatchObject({
        code: 'PARTITIONS_REFUSED',
        message: expect.stringMatching(/can have 1 to 256 partitions, not 257/) as string,
      });
      admin.close();
      await expect(admin.addPartitions(7)).rejects.toMatchObject({ code: 'LOG_CLOSED' });
    });

    test('a topic that is missing is told, and nothing is added to the others', async () => {
      const stream = await made({ partitions: 1 });
      await stream.admin.deleteTopics([stream.topic('quarantine')]);
      const admin = kafkaPartitions({ connection: stream.connection, stream: stream.name });
      ends.push(() => admin.close());
      await expect(admin.addPartitions(2)).rejects.toMatchObject({
        code: 'PARTITIONS_REFUSED',
        message: expect.stringMatching(/\.quarantine is not there/) as string,
      });
      expect(await partitionsOf(stream)).toEqual({ ticks: 1, bars: 1, tape: 1, control: 1 });
    });

    test('topics have their names in the order in which they are made', () => {
      expect(streamTopicNames).toEqual([...topicNames, 'control']);
    });
  },
);
