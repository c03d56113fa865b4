/**
 * Partitions that are added to a topic in use (issue 7, proof 3). kafkajs's producer says of a record for a partition that its metadata
 * does not know that it was sent, and writes nothing. Our log writes it, or says that it did not; it never acknowledges what is not there.
 */
import { silentLogger } from '@tapeline/runtime';
import { type KafkaLog, kafkaPartitions } from '@tapeline/kafka';
import { kafkaForTests } from '@tapeline/testbed';
import { afterEach, describe, expect, test } from 'vitest';
import { kafkajsClient } from '../../packages/adapters/kafka/src/kafkajs-client.ts';
import { KafkaStream } from './kafka-stream.ts';

const kafka = await kafkaForTests();
const brokers = kafka.unavailable === undefined ? kafka.brokers : [];
const patience = { connectionTimeoutMs: 5_000, requestTimeoutMs: 20_000, retries: 3 };

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

type Outcome =
  | { readonly number: number; readonly offset: number }
  | { readonly number: number; readonly code: string };

async function made(): Promise<{
  readonly stream: KafkaStream;
  readonly log: KafkaLog;
  readonly add: (count: number) => Promise<number>;
}> {
  const stream = await KafkaStream.make(brokers, { replicationFactor: 1 });
  ends.push(async () => stream.end());
  const admin = kafkaPartitions({ connection: stream.connection, stream: stream.name });
  ends.push(() => admin.close());
  return { stream, log: await stream.open(), add: async (count) => admin.addPartitions(count) };
}

/** What one partition holds, as numbers by offset. */
async function held(stream: KafkaStream, partition: number): Promise<Map<number, number>> {
  const log = await stream.openBeside();
  await log.refreshPartitions();
  const { endOffset } = await log.range('ticks', partition);
  const reader = log.open('ticks', partition, 0);
  const numbers = new Map<number, number>();
  while (numbers.size < endOffset) {
    for (const { offset, bytes } of (await reader.next()) ?? [])
      numbers.set(offset, (bytes[0] ?? 0) * 256 + (bytes[1] ?? 0));
  }
  await reader.close();
  return numbers;
}

async function appendTo(log: KafkaLog, partition: number, number: number): Promise<Outcome> {
  return log.append('ticks', partition, Uint8Array.of(number >> 8, number & 255)).then(
    ({ offset }) => ({ number, offset }),
    (error: unknown) => ({ number, code: (error as { code: string }).code }),
  );
}

describe.skipIf(kafka.unavailable !== undefined)(
  'a partition that is added while writers are connected (needs Java 17 and Maven: install them, or name a cluster in KAFKA_BROKERS)',
  () => {
    test('the defect: a send of kafkajs to it resolves, and nothing was written', async () => {
      const { stream, add } = await made();
      const topic = stream.topic('ticks');
      const producer = kafkajsClient(stream.connection, silentLogger, patience).producer();
      await producer.connect();
      ends.push(async () => producer.disconnect());
      const send = async (partition: number): Promise<unknown> =>
        producer.send({ topic, acks: -1, messages: [{ partition, value: 'x' }] });
      expect(await send(0)).toMatchObject([{ partition: 0, errorCode: 0, baseOffset: '0' }]);
      await add(2);
      // It resolves, as if all were well: no error, no partition, no record.
      expect(await send(1)).toEqual([]);
      expect(await held(stream, 1)).toEqual(new Map());
      expect(await held(stream, 0)).toHaveProperty('size', 1);
    });

    test('the log refuses it as unknown until it was asked for, and then writes it', async () => {
      const { stream, log, add } = await made();
      await log.append('ticks', 0, Uint8Array.of(0, 1));
      await add(2);
      await expect(log.append('ticks', 1, Uint8Array.of(0, 2))).rejects.toMatchObject({ code: 'PARTITION_UNKNOWN' });
      expect(await held(stream, 1)).toEqual(new Map());
      expect(await log.refreshPartitions()).toBe(2);
      expect((await log.append('ticks', 1, Uint8Array.of(0, 3))).offset).toBe(0);
      expect(await held(stream, 1)).toEqual(new Map([[0, 3]]));
    });

    test('whatever the moment: what was acknowledged is there, once and in order, and the rest is told', async () => {
      const { stream, log, add } = await made();
      const outcomes: Promise<Outcome>[] = [];
      let isOver = false;
      const writing = (async () => {
        for (let number = 0; !isOver; number += 1) {
          outcomes.push(appendTo(log, 2, number));
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      })();
      const looking = (async () => {
        while (!isOver) await log.refreshPartitions();
      })();
      await add(2);
      await add(3);
      while (log.partitionCount < 3) await new Promise((resolve) => setTimeout(resolve, 1));
      await new Promise((resolve) => setTimeout(resolve, 300));
      isOver = true;
      await Promise.all([writing, looking]);
      const settled = await Promise.all(outcomes);
      const landed = await held(stream, 2);
      const acknowledged = settled.filter((outcome) => 'offset' in outcome);
      for (const { number, offset } of acknowledged) expect(landed.get(offset)).toBe(number);
      const inLog = [...landed.values()];
      expect(inLog).toEqual([...new Set(inLog)].sort((one, other) => one - other));
      const unknown = settled.filter((outcome) => 'code' in outcome && outcome.code === 'LOG_UNAVAILABLE');
      expect(inLog.length - acknowledged.length).toBeLessThanOrEqual(unknown.length);
      const codes = new Set(settled.flatMap((outcome) => ('code' in outcome ? [outcome.code] : [])));
      expect(codes).toContain('PARTITION_UNKNOWN');
      expect(['LOG_UNAVAILABLE', 'PARTITION_UNKNOWN']).toEqual(expect.arrayContaining([...codes]));
      expect(acknowledged.length).toBeGreaterThan(20);
    });
  },
);
