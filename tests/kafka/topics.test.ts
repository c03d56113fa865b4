/**
 * The topics of a stream on a real broker: made as the log needs them, checked where they are there, and never another
 * one under the same name. Settings that somebody else made survive.
 */
import { createServer } from 'node:net';
import { kafkaAdmin, openKafkaLog, streamTopicNames, topicOf } from '@tapeline/kafka';
import { kafkaForTests } from '@tapeline/testbed';
import { afterEach, describe, expect, test } from 'vitest';
import { until } from './kafka-load.ts';
import { KafkaStream } from './kafka-stream.ts';

const kafka = await kafkaForTests();
const brokers = kafka.unavailable === undefined ? kafka.brokers : [];

let stream: KafkaStream | undefined;
afterEach(async () => {
  await stream?.end();
  stream = undefined;
});

async function made(options: Parameters<typeof KafkaStream.make>[1] = {}): Promise<KafkaStream> {
  stream = await KafkaStream.make(brokers, { replicationFactor: 1, ...options });
  return stream;
}

describe.skipIf(kafka.unavailable !== undefined)(
  'topics of a stream (needs Java 17 and Maven: install them, or name a cluster in KAFKA_BROKERS)',
  () => {
    test(`they are made with append times, room for the largest record and their retention`, async () => {
      const { admin, name } = await made({ partitions: 4, retentionMs: { ticks: 3_600_000, bars: null } });
      expect(await admin.topicConfig(topicOf(name, 'ticks'))).toMatchObject({
        'message.timestamp.type': 'LogAppendTime',
        'max.message.bytes': '9437184',
        'retention.ms': '3600000',
        'cleanup.policy': 'delete',
        'min.insync.replicas': '1',
      });
      expect(await admin.topicConfig(topicOf(name, 'quarantine'))).toMatchObject({ 'retention.ms': '604800000' });
      const again = await admin.ensureTopics({ stream: name, partitions: 9 });
      expect(again).toMatchObject({ partitions: 4, created: [], changed: [] });
      expect([...again.ids.keys()]).toEqual(streamTopicNames);
    });

    test(`a setting that somebody else made survives a change of ours`, async () => {
      const { admin, name } = await made();
      const topic = topicOf(name, 'ticks');
      await admin.setTopicConfig(topic, { 'segment.bytes': '33554432', 'max.message.bytes': '20000000' });
      const changed = await admin.ensureTopics({ stream: name, partitions: 1, retentionMs: { ticks: 7_200_000 } });
      expect(changed.changed).toEqual([topic]);
      expect(await admin.topicConfig(topic)).toMatchObject({
        'segment.bytes': '33554432',
        'max.message.bytes': '20000000',
        'retention.ms': '7200000',
      });
    });

    test(`what does not fit is set, or told with its remedy where nothing may be changed`, async () => {
      const { admin, name } = await made();
      const unfit = { 'message.timestamp.type': 'CreateTime', 'max.message.bytes': '1000000' };
      await admin.setTopicConfig(topicOf(name, 'bars'), unfit);
      const check = admin.ensureTopics({ stream: name, partitions: 1, createTopics: false });
      await expect(check).rejects.toThrow(/set LogAppendTime.*set 9437184 or more/);
      await admin.ensureTopics({ stream: name, partitions: 1 });
      await admin.ensureTopics({ stream: name, partitions: 1, createTopics: false });
    });

    test(`hands off: a setting that is null stays as it is, and is told if the log cannot use it`, async () => {
      const { admin, name } = await made();
      await admin.setTopicConfig(topicOf(name, 'bars'), { 'message.timestamp.type': 'CreateTime' });
      const config = { 'message.timestamp.type': null };
      await expect(admin.ensureTopics({ stream: name, partitions: 1, config })).rejects.toThrow(/CreateTime/);
    });

    test(`missing topics are named where none may be made, and a log on them does not open`, async () => {
      const { admin, connection } = await made();
      const wanted = { stream: 'test-none', partitions: 1, createTopics: false };
      await expect(admin.ensureTopics(wanted)).rejects.toThrow(/topics are missing: test-none\.ticks, /);
      await expect(openKafkaLog({ connection, stream: 'test-none' })).rejects.toMatchObject({ code: 'KAFKA_TOPICS' });
    });

    test(`topics with different numbers of partitions have the fewest, and no log opens unless a number is named`, async () => {
      const { admin, name, connection } = await made();
      await admin.addPartitions(topicOf(name, 'bars'), 3);
      expect(await admin.ensureTopics({ stream: name, partitions: 1 })).toMatchObject({ partitions: 1 });
      await expect(openKafkaLog({ connection, stream: name })).rejects.toThrow(/one number of partitions.*bars has 3/);
      const log = await openKafkaLog({ connection, stream: name, partitions: 1 });
      expect(log.partitionCount).toBe(1);
      await log.close();
    });

    test(`partitions that are added while the log is open change nothing in it`, async () => {
      const { admin, name } = await made();
      const log = await (stream as KafkaStream).open();
      await admin.addPartitions(topicOf(name, 'ticks'), 3);
      await log.append('ticks', 0, Uint8Array.of(1));
      expect(log.partitionCount).toBe(1);
      await expect(log.append('ticks', 1, Uint8Array.of(1))).rejects.toMatchObject({ code: 'PARTITION_UNKNOWN' });
    });
  },
);

describe.skipIf(kafka.unavailable !== undefined)(
  'topics that are there (needs Java 17 and Maven: install them, or name a cluster in KAFKA_BROKERS)',
  () => {
    test(`partitions that are there already are no error; fewer than there are is one`, async () => {
      const { admin, name } = await made();
      const bars = topicOf(name, 'bars');
      await Promise.all([admin.addPartitions(bars, 3), admin.addPartitions(bars, 3)]);
      await expect(admin.addPartitions(bars, 2)).rejects.toMatchObject({
        code: 'KAFKA_TOPICS',
        message: expect.stringMatching(/bars: INVALID_PARTITIONS/),
      });
    });

    test(`a replica that lacks records may not lead: told with its remedy, and not changed`, async () => {
      const { admin, name } = await made();
      const topic = topicOf(name, 'ticks');
      await admin.setTopicConfig(topic, { 'unclean.leader.election.enable': 'true' });
      const opening = admin.ensureTopics({ stream: name, partitions: 1 });
      await expect(opening).rejects.toMatchObject({
        code: 'KAFKA_TOPICS',
        message: expect.stringMatching(/set false/),
      });
      expect(await admin.topicConfig(topic)).toMatchObject({ 'unclean.leader.election.enable': 'true' });
    });

    test(`retention and replicas in sync of topics that are there stay, unless they are named`, async () => {
      const { admin, name } = await made();
      const topic = topicOf(name, 'ticks');
      await admin.setTopicConfig(topic, { 'retention.ms': '3600001', 'min.insync.replicas': '2' });
      expect((await admin.ensureTopics({ stream: name, partitions: 1 })).changed).toEqual([]);
      expect(await admin.topicConfig(topic)).toMatchObject({ 'retention.ms': '3600001', 'min.insync.replicas': '2' });
      const named = { retentionMs: { ticks: 604_800_000 }, minInsyncReplicas: 1 };
      expect((await admin.ensureTopics({ stream: name, partitions: 1, ...named })).changed).toEqual([topic]);
      expect(await admin.topicConfig(topic)).toMatchObject({ 'retention.ms': '604800000', 'min.insync.replicas': '1' });
    });

    test(`a kind that a known stream does not name is made once, and one that it names never is`, async () => {
      const { admin, name } = await made();
      const { ids } = await admin.ensureTopics({ stream: name, partitions: 1 });
      const known = new Map([...ids].filter(([topic]) => topic !== 'tape'));
      await admin.deleteTopics([topicOf(name, 'tape')]);
      const wanted = { stream: name, partitions: 1, replicationFactor: 1 };
      await expect(admin.ensureTopics({ ...wanted, known: ids })).rejects.toMatchObject({ code: 'LOG_REPLACED' });
      await until(async () =>
        admin.ensureTopics({ ...wanted, known }).then(
          ({ created }) => created.length > 0,
          () => false,
        ),
      );
      await expect(admin.ensureTopics({ ...wanted, known: ids })).rejects.toThrow(/tape .* was deleted and made anew/);
    });
  },
);

describe.skipIf(kafka.unavailable !== undefined)(
  'a topic under the same name (needs Java 17 and Maven: install them, or name a cluster in KAFKA_BROKERS)',
  () => {
    test(`deleted and made anew: writers and readers of the old one are told, nothing lands in the new one`, async () => {
      const { admin, name } = await made();
      const log = await (stream as KafkaStream).open();
      await log.append('ticks', 0, Uint8Array.of(1));
      const before = await log.identity('ticks');
      const ended = problemOf(log.open('ticks', 0, 1).next());
      await admin.deleteTopics([topicOf(name, 'ticks')]);
      await until(async () => isMade(admin, name));
      expect(await ended).toMatchObject({ code: 'LOG_REPLACED' });
      await expect(log.append('ticks', 0, Uint8Array.of(2))).rejects.toMatchObject({ code: 'LOG_REPLACED' });
      await expect(log.append('bars', 0, Uint8Array.of(3))).resolves.toMatchObject({ offset: 0 });
      const again = await (stream as KafkaStream).openBeside();
      expect(await again.identity('ticks')).not.toBe(before);
      expect(await again.range('ticks', 0)).toEqual({ firstOffset: 0, endOffset: 0 });
      await expect(again.open('ticks', 0, 1).next()).rejects.toMatchObject({ code: 'OFFSET_BEYOND_END' });
    });

    test(`deleted: writers and readers are told`, async () => {
      const { admin, name } = await made();
      const log = await (stream as KafkaStream).open();
      const ended = problemOf(log.open('tape', 0, 0).next());
      await admin.deleteTopics([topicOf(name, 'tape')]);
      await expect(log.append('tape', 0, Uint8Array.of(1))).rejects.toMatchObject({ code: 'LOG_REPLACED' });
      expect(String(await ended)).toMatch(/was deleted/);
    });
  },
);

test.skipIf(kafka.unavailable !== undefined)(
  'a login at a listener that takes none is told as such (needs Java 17 and Maven: install them, or name a cluster in KAFKA_BROKERS)',
  async () => {
    const sasl = { mechanism: 'plain', username: 'u', password: 'very-secret' } as const;
    const opening = openKafkaLog({ connection: { brokers, clientId: 'test', sasl }, stream: 's' });
    await expect(opening).rejects.toThrow(/takes no login at this listener; leave user and password away/);
  },
);

describe('a broker that cannot be used', () => {
  test('nobody is there: one sentence with the address and the remedy', async () => {
    const admin = kafkaAdmin({ connection: { brokers: ['127.0.0.1:9'], clientId: 'test' } });
    await expect(admin.ensureTopics({ stream: 's', partitions: 1 })).rejects.toThrow(
      /^no Kafka broker answered at 127\.0\.0\.1:9 within 5 s \(.*\); start one or name another with --kafka$/,
    );
    admin.close();
  });

  test('somebody else is there: it is told, and so is one that is silent', async () => {
    const silent = createServer(() => undefined).listen(0);
    const { port } = silent.address() as { port: number };
    const connection = { brokers: [`127.0.0.1:${port}`], clientId: 'test' };
    const opening = openKafkaLog({ connection, stream: 's', settings: { connectTimeoutMs: 300 } });
    await expect(opening).rejects.toThrow(/no Kafka broker answered at 127\.0\.0\.1:\d+ within 0\.3 s/);
    silent.close();
  });

  test.each(['', 'host', 'host:0', 'host:99999', 'host:12x'])('"%s" is no address', async (broker) => {
    const opening = openKafkaLog({ connection: { brokers: [broker], clientId: 'test' }, stream: 's' });
    await expect(opening).rejects.toMatchObject({ code: 'KAFKA_OPTION' });
  });
});

async function isMade(admin: ReturnType<typeof kafkaAdmin>, name: string): Promise<boolean> {
  // The name is free only once the broker has let go of the old topic.
  return admin.ensureTopics({ stream: name, partitions: 1, replicationFactor: 1 }).then(
    ({ created }) => created.length > 0,
    () => false,
  );
}

async function problemOf(attempt: Promise<unknown>): Promise<unknown> {
  return attempt.then(
    () => undefined,
    (error: unknown) => error,
  );
}
