/**
 * Replies of a real broker with one byte inverted on the way: in a length, in a correlation id, in what follows. The
 * connection ends and another goes on; no record is lost or changed, no process ends, no worker leaves its group.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { joinWorkers } from '@tapeline/kafka';
import { createMetrics, silentLogger, systemClock } from '@tapeline/runtime';
import { describe, expect, test } from 'vitest';
import { KafkaStream } from './kafka-stream.ts';
import { ownCluster } from './own-cluster.ts';

// Sessions are short, so that a worker's waits are.
const config = { 'group.min.session.timeout.ms': '1000' };
const cluster = await ownCluster({ brokers: 1, proxied: true, quickStart: true, config });

/** Inverts byte `at` of what comes next from the broker. */
async function flip(at: number): Promise<void> {
  const [node] = cluster?.nodes ?? [];
  await node?.proxy?.flipByte(at, 'toClient');
}

describe.skipIf(cluster === undefined)('a reply with one byte inverted (needs Java 17 and Maven: install them)', () => {
  test('an open log appends and reads on, whichever byte of the first twenty it was', async () => {
    const stream = await KafkaStream.make(cluster?.brokers ?? [], { replicationFactor: 1 });
    const log = await stream.open({ requestTimeoutMs: 500, produceTimeoutMs: 500, connectTimeoutMs: 1_000 });
    const offsets: number[] = [];
    for (let at = 0; at < 20; at += 1) {
      const flipped = flip(at);
      const { offset } = await log.append('ticks', 0, Uint8Array.of(at));
      offsets.push(offset);
      const { endOffset } = await log.range('ticks', 0);
      expect(endOffset, `byte ${at}`).toBeGreaterThanOrEqual(at + 1);
      await flipped;
    }
    const reader = log.open('ticks', 0, 0);
    const read: number[] = [];
    while (read.length < 20) for (const { bytes } of (await reader.next()) ?? []) read.push(bytes[0] as number);
    expect(read).toEqual(Array.from({ length: 20 }, (_, at) => at));
    expect(offsets).toEqual(read);
    await stream.end();
  }, 90_000);

  test('a worker stays in its group, whichever byte of length and correlation id it was', async () => {
    const stream = await KafkaStream.make(cluster?.brokers ?? [], { replicationFactor: 1 });
    const ownership = await joinWorkers({
      connection: stream.connection,
      stream: stream.name,
      address: '127.0.0.1:7001',
      sessionTimeoutMs: 1_500,
      heartbeatMs: 100,
      clock: systemClock,
      logger: silentLogger,
      metrics: createMetrics({ ofProcess: false }),
    });
    const ended = ownership.failed.catch((error: unknown) => error);
    const heard: number[][] = [];
    ownership.follow((partitions) => heard.push([...partitions]));
    // Those of the length and the last of the correlation id; its others only differ in the number that is not found.
    for (const at of [0, 1, 2, 3, 7]) {
      await flip(at);
      // The request ends after its 2.5 s at the latest, and its connection with it where the rest of it is lost.
      expect(await Promise.race([ended, sleep(4_000, 'a member')])).toBe('a member');
      expect(heard.at(-1), `byte ${at}`).toEqual([0]);
    }
    await ownership.leave();
    await stream.end();
  }, 90_000);
});
