/**
 * Appends as careless programs have them. In: the real log, and the way. Out: the same log whose appends go to several
 * partitions in one send of the stock client and are taken for done when that send is, or are tried once and forgotten if
 * they fail.
 */
import type { Appended, TickLog, TopicName } from '@tapeline/domain';
import { topicOf } from '@tapeline/kafka';
import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import type { LogPlace, OtherAppends } from './other-appends.ts';
import { withCalls } from './with-calls.ts';

/** `many-partitions`: one send for all partitions, with the client's own retries. `one-try`: no retry, errors are passed over. */
export type CarelessWish = LogPlace & { readonly way: 'many-partitions' | 'one-try' };

type Waiting = {
  readonly partition: number;
  readonly value: Buffer;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: unknown) => void;
};

/** So long is waited for what goes into the same send, ms. */
const togetherMs = 60;
const triesMax = 12;

/** The log with appends of its own; `disconnect` ends them. */
export async function withCarelessAppends(log: TickLog, { brokers, stream, way }: CarelessWish): Promise<OtherAppends> {
  const retry = way === 'one-try' ? { retries: 0 } : { retries: triesMax, initialRetryTime: 300, maxRetryTime: 2_000 };
  const kafka = new Kafka({
    clientId: 'careless',
    brokers: [...brokers],
    retry,
    requestTimeout: 5_000,
    logLevel: logLevel.NOTHING,
  });
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const appends = way === 'one-try' ? forgettingAppends(producer, stream) : sharedSends(producer, stream);
  const careless = withCalls(log, {
    append: (topic, partition, bytes) => appends(topic, partition, Buffer.from(bytes)),
  });
  return { log: careless, disconnect: () => producer.disconnect() };
}

type Append = (topic: TopicName, partition: number, value: Buffer) => Promise<Appended>;

function sharedSends(producer: Producer, stream: string): Append {
  const waiting = new Map<TopicName, Waiting[]>();
  const send = async (name: TopicName): Promise<void> => {
    const together = waiting.get(name) ?? [];
    waiting.delete(name);
    const messages = together.map(({ partition, value }) => ({ partition, value }));
    try {
      const answers = await producer.send({ topic: topicOf(stream, name), acks: -1, messages });
      for (const { partition, resolve } of together) {
        const answer = answers.find((each) => each.partition === partition);
        const [offset, atMs] = [answer?.baseOffset ?? '0', answer?.logAppendTime ?? String(Date.now())];
        resolve({ offset: Number(offset), appendTimeMs: Number(atMs) });
      }
    } catch (error) {
      for (const { reject } of together) reject(error);
    }
  };
  return (name, partition, value) =>
    new Promise((resolve, reject) => {
      const together = waiting.get(name);
      if (together === undefined) setTimeout(() => void send(name), togetherMs);
      waiting.set(name, [...(together ?? []), { partition, value, resolve, reject }]);
    });
}

function forgettingAppends(producer: Producer, stream: string): Append {
  return async (name, partition, value) => {
    try {
      const messages = [{ partition, value }];
      const [answer] = await producer.send({ topic: topicOf(stream, name), acks: -1, timeout: 2_000, messages });
      return { offset: Number(answer?.baseOffset ?? 0), appendTimeMs: Number(answer?.logAppendTime ?? Date.now()) };
    } catch (error) {
      console.error('an append is forgotten', String(error));
      return { offset: 0, appendTimeMs: Date.now() };
    }
  };
}
