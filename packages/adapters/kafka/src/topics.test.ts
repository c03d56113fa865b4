/** Work on topics where a broker ends every connection: each call ends with an error for a person. */
import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KafkaError } from './kafka-connection.ts';
import { type KafkaAdmin, kafkaAdmin } from './topics.ts';

const own: { server?: Server; admin?: KafkaAdmin } = {};

beforeAll(async () => {
  const server = createServer((socket) => socket.destroy());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  own.server = server;
  const { port } = server.address() as AddressInfo;
  own.admin = kafkaAdmin({ connection: { brokers: [`127.0.0.1:${port}`], clientId: 'test' } });
});

afterAll(() => {
  own.admin?.close();
  own.server?.close();
});

const calls: Readonly<Record<string, (admin: KafkaAdmin) => Promise<unknown>>> = {
  ensureTopics: (admin) => admin.ensureTopics({ stream: 's', partitions: 1 }),
  topicConfig: (admin) => admin.topicConfig('s.ticks'),
  setTopicConfig: (admin) => admin.setTopicConfig('s.ticks', { 'retention.ms': '1' }),
  addPartitions: (admin) => admin.addPartitions('s.ticks', 2),
  deleteTopics: (admin) => admin.deleteTopics(['s.ticks']),
  deleteRecords: (admin) => admin.deleteRecords('s.ticks', 0, 1),
};

test.each(Object.entries(calls))('%s is a KafkaError', async (_name, call) => {
  if (own.admin === undefined) throw new Error('there is no admin');
  await expect(call(own.admin)).rejects.toBeInstanceOf(KafkaError);
});
