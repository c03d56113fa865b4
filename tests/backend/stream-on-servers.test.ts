/**
 * A log that was deleted is missed by whoever starts next: nothing is made under its name, nothing begins in another topic.
 * Each process of each kind says so and ends; a new stream, an old row and a start that was cut short go on.
 */
import { randomUUID } from 'node:crypto';
import { type Backend, backendOptions, type BackendValues, openBackend } from '@tapeline/backend';
import { topicNames } from '@tapeline/domain';
import { type KafkaAdmin, kafkaAdmin, streamTopicNames, topicOf } from '@tapeline/kafka';
import { createHealth, createMetrics, readOptions, silentLogger, systemClock, systemRandom } from '@tapeline/runtime';
import { cassandraForTests, kafkaForTests } from '@tapeline/testbed';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CqlShell } from '../../packages/adapters/cassandra/test-kit/cql-shell.ts';
import { kafkaStreamIn } from '../../packages/backend/src/kafka-stream-in.ts';
import { linesFor, type ProcessName, startProcess } from '../processes/started-process.ts';

const [kafka, cassandra] = [await kafkaForTests(), await cassandraForTests()];
const brokers = kafka.unavailable === undefined ? kafka.brokers : [];
const [contactPoints, datacenter] =
  cassandra.unavailable === undefined ? [cassandra.contactPoints, cassandra.datacenter] : [[], ''];
const unavailable = kafka.unavailable ?? cassandra.unavailable;

const opened: Backend[] = [];
let [stream, args]: [string, readonly string[]] = ['', []];
let admin: KafkaAdmin;
let shell: CqlShell;

function valuesOf(...more: readonly string[]): BackendValues {
  const line = readOptions(backendOptions, [...args, ...more], {});
  if (line.kind !== 'read') throw new Error(JSON.stringify(line));
  return line.values;
}

const parts = {
  clock: systemClock,
  random: systemRandom,
  logger: silentLogger,
  health: createHealth(),
  metrics: createMetrics({ ofProcess: false }),
};

async function open(...more: readonly string[]): Promise<Backend> {
  const backend = await openBackend(valuesOf(...more), { ...parts, metrics: createMetrics({ ofProcess: false }) });
  opened.push(backend);
  return backend;
}

/** Which topics of the stream there are not. */
async function missing(): Promise<string> {
  return admin.ensureTopics({ stream, partitions: 1, createTopics: false }).then(
    () => '',
    (error: unknown) => String(error),
  );
}

async function deleteTicks(): Promise<void> {
  await admin.deleteTopics([topicOf(stream, 'ticks')]);
  await expect.poll(missing, { timeout: 20_000 }).toMatch(/topics are missing: [\w-]+\.ticks;/);
}

/** Somebody makes the topic by hand. */
async function makeTicks(): Promise<void> {
  await admin.ensureTopics({ stream, partitions: 2 });
  await expect.poll(missing, { timeout: 20_000 }).toBe('');
}

async function idsInRow(): Promise<unknown> {
  const [row] = await shell.run(`SELECT topic_ids FROM ${stream}.streams WHERE stream = '${stream}'`);
  return row?.['topic_ids'];
}

/** Of the log's topics; `control` has its own client. */
async function identities(backend: Backend): Promise<Record<string, unknown>> {
  const ids = await Promise.all(topicNames.map(async (topic) => [topic, await backend.log.identity(topic)] as const));
  return { ...Object.fromEntries(ids), control: expect.stringMatching(/^.{22}$/) as string };
}

describe.skipIf(unavailable !== undefined)(
  'a stream on servers (needs Kafka and Cassandra: install Java 17, or name servers by KAFKA_BROKERS and CASSANDRA_CONTACT_POINTS)',
  () => {
    beforeEach(() => {
      stream = `d${randomUUID().slice(0, 8)}`;
      const servers = ['--kafka', brokers.join(','), '--cassandra', contactPoints.join(','), '--partitions', '2'];
      const places = ['--cassandra-dc', datacenter, '--cassandra-replication', '1', '--keyspace', stream];
      args = [...servers, ...places, '--stream', stream];
      admin = kafkaAdmin({ connection: { brokers, clientId: 'tapeline-test' } });
      shell = new CqlShell({ contactPoints, localDataCenter: datacenter });
    });
    afterEach(async () => {
      await Promise.all(opened.splice(0).map(async (backend) => backend.close()));
      await admin.deleteTopics(streamTopicNames.map((topic) => topicOf(stream, topic)));
      await shell.drop(stream);
      await shell.close();
      admin.close();
    });

    test('a new stream has its topics made, and their ids are kept in the store', async () => {
      const backend = await open();
      expect(await idsInRow()).toEqual(await identities(backend));
      expect(await identities(await open())).toEqual(await identities(backend));
    });

    test('a stream of a version before gets control, keeps its own partitions, and takes more that are added', async () => {
      await (await open()).close();
      await shell.run(`DELETE topic_ids['control'] FROM ${stream}.streams WHERE stream = '${stream}'`);
      await admin.deleteTopics([topicOf(stream, 'control')]);
      const again = await open();
      expect(await idsInRow()).toHaveProperty('control');
      await again.control.append('claim/1', Uint8Array.of(1));
      const beside = await open();
      expect(await beside.control.endOffset()).toBe(1);
      expect(await again.partitions.addPartitions(3)).toBe(3);
      expect([await beside.log.refreshPartitions(), beside.log.basePartitions]).toEqual([3, 2]);
      expect((await beside.log.append('ticks', 2, Uint8Array.of(1))).offset).toBe(0);
      await admin.deleteTopics([topicOf(stream, 'control')]);
      const gone = async (): Promise<string> => open().then(() => '', String);
      await expect
        .poll(gone, { timeout: 20_000 })
        .toMatch(/\.control .* was deleted \(LOG_REPLACED\); bring that topic back/);
    });

    test('two starters at once on a new stream come up on the same topics', async () => {
      const [left, right] = await Promise.all([open(), open()]);
      expect(await identities(left)).toEqual(await identities(right));
      expect(await idsInRow()).toEqual(await identities(left));
    });

    test('a start that was cut short between topics and store is gone on with', async () => {
      await admin.ensureTopics({ stream, partitions: 2 });
      const backend = await open();
      expect(await idsInRow()).toEqual(await identities(backend));
    });

    test('retention of topics that are there is changed where it is given, the default included, and else never', async () => {
      await (await open('--retention', '2h')).close();
      const retention = async (): Promise<unknown> =>
        (await admin.topicConfig(topicOf(stream, 'ticks')))['retention.ms'];
      expect(await retention()).toBe('7200000');
      await (await open()).close();
      expect(await retention()).toBe('7200000');
      await (await open('--retention', '7d')).close();
      expect(await retention()).toBe('604800000');
    });

    refusals();
  },
);

function refusals(): void {
  test('a topic that was deleted is refused and not made, one that was made anew is refused as well', async () => {
    await (await open()).close();
    const before = await idsInRow();
    await deleteTicks();
    const sentence = new RegExp(`^topic ${stream}\\.ticks \\(its id was \\S+\\) was deleted \\(LOG_REPLACED\\); bring`);
    await expect(open()).rejects.toMatchObject({ code: 'LOG_REPLACED', message: expect.stringMatching(sentence) });
    await expect(open('--kafka-create-topics=false')).rejects.toMatchObject({ code: 'LOG_REPLACED' });
    expect(await missing()).toMatch(/topics are missing: [\w-]+\.ticks;/);
    await makeTicks();
    await expect(open()).rejects.toThrow(/\.ticks .* was deleted and made anew with id \S+ \(LOG_REPLACED\); bring/);
    expect(await idsInRow()).toEqual(before);
  });

  test('a row of the version before gets the ids that are found, and no topic is made for it', async () => {
    const backend = await open();
    const ids = await identities(backend);
    await backend.close();
    const forget = `DELETE topic_ids FROM ${stream}.streams WHERE stream = '${stream}'`;
    await shell.run(forget);
    await (await open()).close();
    expect(await idsInRow()).toEqual(ids);
    await shell.run(forget);
    await deleteTicks();
    await expect(open()).rejects.toThrow(/\.ticks was deleted \(LOG_REPLACED\); bring that topic back, or start over/);
    expect(await missing()).not.toBe('');
  });

  test('without leave to make topics a new stream needs them, and then keeps their ids', async () => {
    await expect(open('--kafka-create-topics=false')).rejects.toThrow(/topics are missing: .*; create them/);
    await makeTicks();
    const backend = await open('--kafka-create-topics=false');
    expect(await idsInRow()).toEqual(await identities(backend));
  });

  test('whoever finds that another entered other topics opens no log on his own', async () => {
    await (await open()).close();
    const row = { basePartitions: 2, topicIds: new Map([['bars', 'another']]) };
    await expect(kafkaStreamIn(valuesOf(), parts, row)).rejects.toMatchObject({
      code: 'LOG_REPLACED',
      message: expect.stringContaining(`topic ${stream}.bars (its id was another)`) as string,
    });
  });

  test('every kind of process ends with one line about it', async () => {
    await (await open()).close();
    await deleteTicks();
    const kinds: readonly ProcessName[] = ['ingest', 'worker', 'query'];
    for (const kind of kinds) {
      const { code, ...said } = await startProcess(kind, args).ended;
      expect([kind, code]).toEqual([kind, 2]);
      const lines = linesFor({ code, ...said });
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatch(/\.ticks .* was deleted \(LOG_REPLACED\); bring that topic back, or start over/);
    }
    expect(await missing()).toMatch(/topics are missing: [\w-]+\.ticks;/);
  });
}
