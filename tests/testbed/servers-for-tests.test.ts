/** Tests share one Kafka, use what the environment names instead, and are told why there is none. */
import { brokerIds, cassandraForTests, kafkaForTests } from '@tapeline/testbed';
import { expect, test } from 'vitest';
import { lackOfServers } from './real-servers.ts';

const lack = await lackOfServers();

test.skipIf(lack !== undefined)(
  'who asks again gets the same broker, and it serves (needs Java 17 and Maven: install them)',
  async () => {
    const env = { ...process.env, KAFKA_BROKERS: '' };
    const [first, second] = await Promise.all([kafkaForTests(env), kafkaForTests(env)]);
    if (first.unavailable !== undefined) throw new Error(first.unavailable);
    expect(second).toEqual(first);
    expect(first.external).toBe(false);
    const [host = '', port] = first.brokers[0]?.split(':') ?? [];
    expect(await brokerIds({ host, port: Number(port) })).toEqual([1]);
  },
);

test('servers that the environment names are used as they are', async () => {
  expect(await kafkaForTests({ KAFKA_BROKERS: 'a:1, b:2,' })).toEqual({
    brokers: ['a:1', 'b:2'],
    external: true,
    nodes: [],
  });
  const env = { CASSANDRA_CONTACT_POINTS: 'c:3', CASSANDRA_DATACENTER: 'south' };
  const cassandra = { contactPoints: ['c:3'], datacenter: 'south', external: true, nodes: [] };
  expect(await cassandraForTests(env)).toEqual(cassandra);
});

test('without Java there is none, with the reason', async () => {
  const reason = { unavailable: expect.stringMatching(/^needs Java 17.*: install Java 17/) as string };
  expect(await kafkaForTests({ PATH: '' })).toEqual(reason);
  expect(await cassandraForTests({ PATH: '' })).toEqual(reason);
});
