/**
 * What we rely on in kafkajs: its version, and that an idle connection costs nothing. The connection talks to a socket
 * that answers as a broker does.
 */
import { createServer, type Socket } from 'node:net';
import { silentLogger } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { connectionLogger, newSocket } from './kafkajs-client.ts';
import { askVersions, checkKafkajsVersion, internals, newConnection } from './kafkajs-protocol.ts';

test('another version of kafkajs is refused with the remedy', () => {
  expect(() => checkKafkajsVersion('2.3.0')).toThrow(
    'kafkajs 2.3.0 is installed, and this program is made for 2.2.4 alone; install that one',
  );
});

test('an idle connection arms hardly any timer, where the one in kafkajs would spin', async () => {
  const server = createServer((socket) => answerVersions(socket)).listen(0);
  const { port } = server.address() as { port: number };
  const connection = newConnection({
    host: '127.0.0.1',
    port,
    clientId: 'test',
    logger: connectionLogger(silentLogger),
    socketFactory: newSocket,
    ssl: null,
    sasl: null,
    requestTimeout: 1_000,
    connectionTimeout: 1_000,
  });
  await connection.connect();
  // A reply is what starts the timer that used to spin.
  expect(await askVersions(connection)).toMatchObject({ 0: { minVersion: 3, maxVersion: 11 } });
  const timers = countTimers();
  await new Promise<void>((resolve) => {
    setTimeout(resolve, 1_000);
  });
  const armed = timers.end();
  await connection.disconnect();
  server.close();
  // Its own timer would be armed a thousand times; a count does not depend on what else the machine does.
  expect(armed).toBeLessThan(20);
});

test('the inside is loaded once', () => {
  expect(internals()).toBe(internals());
});

/** Counts how often a timer is armed. */
function countTimers(): { end(): number } {
  const original = globalThis.setTimeout;
  let armed = 0;
  const counting = (...call: Parameters<typeof setTimeout>): NodeJS.Timeout => {
    armed += 1;
    return original(...call);
  };
  globalThis.setTimeout = counting as typeof setTimeout;
  return {
    end: () => {
      globalThis.setTimeout = original;
      return armed;
    },
  };
}

/** Answers ApiVersions with one request's versions. */
function answerVersions(socket: Socket): void {
  socket.on('data', (request) => {
    const correlationId = request.readInt32BE(8);
    const reply = Buffer.alloc(4 + 4 + 2 + 4 + 6 + 4);
    reply.writeInt32BE(reply.length - 4, 0);
    reply.writeInt32BE(correlationId, 4);
    reply.writeInt32BE(1, 10);
    reply.writeInt16BE(3, 16);
    reply.writeInt16BE(11, 18);
    socket.write(reply);
  });
}
