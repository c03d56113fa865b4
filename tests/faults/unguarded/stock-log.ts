/**
 * Appends by the stock producer of the Kafka client, as the first program that comes to mind has them. In: the real log, and
 * which guards are off. Out: the same log with these appends: acknowledged by the leader alone, or sent again under a new
 * identity after a reply that did not come.
 */
import { randomBytes } from 'node:crypto';
import { LogError, type TickLog } from '@tapeline/domain';
import { wireLog } from '@tapeline/wire';
import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import { topicOf } from '@tapeline/kafka';
import type { LogPlace, OtherAppends } from './other-appends.ts';
import { withCalls } from './with-calls.ts';

/** How it appends. */
export type StockWish = LogPlace & {
  /** 1: the leader's word is enough. */
  readonly acks: 1 | -1;
  /** Whether a record that is sent again gets another publisher, as one without an identity does. */
  readonly isIdentityFresh: boolean;
};

const triesMax = 200;
const requestTimeoutMs = 2_000;
const drawBits = 46n;

/** The log with appends of its own; `disconnect` ends them. */
export async function withStockAppends(log: TickLog, wish: StockWish): Promise<OtherAppends> {
  const { brokers, stream, acks, isIdentityFresh } = wish;
  const kafka = new Kafka({
    clientId: 'stock',
    brokers: [...brokers],
    requestTimeout: requestTimeoutMs,
    logLevel: logLevel.NOTHING,
    // A record that is sent again inside the client stays as it is.
    ...(isIdentityFresh ? { retry: { retries: 0 } } : {}),
  });
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const lanes = new Map<string, Promise<unknown>>();
  const stock = withCalls(log, {
    append: (topic, partition, bytes) => {
      const lane = `${topic} ${partition}`;
      const send = (): ReturnType<TickLog['append']> =>
        sendStock(producer, { topic: topicOf(stream, topic), partition, bytes, acks, isIdentityFresh });
      const appended = (lanes.get(lane) ?? Promise.resolve()).then(send, send);
      lanes.set(lane, appended);
      return appended;
    },
  });
  return { log: stock, disconnect: () => producer.disconnect() };
}

type Sending = Pick<StockWish, 'acks' | 'isIdentityFresh'> & {
  readonly topic: string;
  readonly partition: number;
  readonly bytes: Uint8Array;
};

async function sendStock(
  producer: Producer,
  { topic, partition, bytes, acks, isIdentityFresh }: Sending,
): ReturnType<TickLog['append']> {
  for (let tries = 1; ; tries += 1) {
    const value = Buffer.from(tries > 1 && isIdentityFresh ? underFreshIdentity(bytes) : bytes);
    try {
      const [answer] = await producer.send({
        topic,
        acks,
        timeout: requestTimeoutMs,
        messages: [{ partition, value }],
      });
      if (answer?.baseOffset === undefined) throw new Error('the answer names no offset');
      return { offset: Number(answer.baseOffset), appendTimeMs: Number(answer.logAppendTime) };
    } catch (error) {
      if (tries >= triesMax) throw new LogError('LOG_UNAVAILABLE', `stock append: ${String(error)}`, { cause: error });
    }
  }
}

/** The record with every block under a publisher of its own, whose ticks name none before them. */
export function underFreshIdentity(bytes: Uint8Array): Uint8Array {
  const record = wireLog.LogRecord.decode(bytes);
  for (const { entry } of record.entries) {
    if (entry?.$case !== 'tickBlock') continue;
    const { publisherId } = entry.value;
    const draw = BigInt.asUintN(46, randomBytes(8).readBigUInt64BE());
    entry.value.publisherId = ((publisherId >> drawBits) << drawBits) | draw;
    entry.value.groupLinks = entry.value.groupLinks.map(() => 0n);
  }
  return wireLog.LogRecord.encode(record).finish();
}
