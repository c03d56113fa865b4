/** Servers that are no Kafka brokers: whatever they answer, there is one sentence, and never an exception of a socket. */
import { createServer, type Server, type Socket } from 'node:net';
import { createMetrics, silentLogger, systemClock } from '@tapeline/runtime';
import { afterEach, expect, test } from 'vitest';
import { joinWorkers } from './group/join-workers.ts';
import type { KafkaConnection } from './kafka-connection.ts';
import { openKafkaLog } from './kafka-log.ts';
import { replyBytesMax } from './reply-guard.ts';

const servers: Server[] = [];
const sockets = new Set<Socket>();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** Answers the first bytes of each connection. */
function serverThat(answer: (asked: Buffer) => Buffer): KafkaConnection {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('data', (asked) => socket.write(answer(Buffer.from(asked))));
  }).listen(0);
  servers.push(server);
  const { port } = server.address() as { port: number };
  return { brokers: [`127.0.0.1:${port}`], clientId: 'test' };
}

function frame(length: number, rest: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeInt32BE(length);
  return Buffer.concat([head, rest]);
}

const answers: readonly (readonly [string, (asked: Buffer) => Buffer])[] = [
  ['an error of Cassandra', () => Buffer.from('8500000000000000060000000a0000', 'hex')],
  ['HTTP', () => Buffer.from('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')],
  ['a greeting', () => Buffer.from('220 mail.example ESMTP\r\n')],
  ['a length below a correlation id', () => frame(2, Buffer.alloc(2))],
  ['more than the largest reply', () => frame(replyBytesMax + 1, Buffer.alloc(4))],
  [
    'the right correlation id and too little',
    (asked) => frame(6, Buffer.concat([asked.subarray(8, 12), Buffer.alloc(2)])),
  ],
  [
    'the right correlation id and a list too long',
    (asked) => frame(12, Buffer.concat([asked.subarray(8, 12), Buffer.from('00007fffffff0000', 'hex')])),
  ],
];

test.each(answers)('%s: the log says that this is no Kafka broker', async (_, answer) => {
  const connection = serverThat(answer);
  const startMs = performance.now();
  await expect(openKafkaLog({ connection, stream: 's' })).rejects.toMatchObject({
    code: 'KAFKA_UNREACHABLE',
    message: expect.stringMatching(/^the server at 127\.0\.0\.1:\d+ is no Kafka broker \(.*\); name one with --kafka$/),
  });
  // At once, and not when a wait has run out.
  expect(performance.now() - startMs).toBeLessThan(2_000);
});

test('TLS where none was asked for is told as such', async () => {
  const connection = serverThat(() => Buffer.from('15030300020246', 'hex'));
  await expect(openKafkaLog({ connection, stream: 's' })).rejects.toMatchObject({
    code: 'KAFKA_TLS',
    message: expect.stringMatching(/speaks TLS; connect with it \(--kafka-tls\)/),
  });
});

test("a worker that joins hears the same, from kafkajs's own connections", async () => {
  const connection = serverThat(() => Buffer.from('8500000000000000060000000a0000', 'hex'));
  const joining = joinWorkers({
    connection,
    stream: 's',
    address: 'worker:1',
    clock: systemClock,
    logger: silentLogger,
    metrics: createMetrics({ ofProcess: false }),
  });
  await expect(joining).rejects.toMatchObject({
    code: 'KAFKA_UNREACHABLE',
    message: expect.stringContaining('is no Kafka broker'),
  });
});
