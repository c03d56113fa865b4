/**
 * Reads by the stock consumer of the Kafka client, as the first program that comes to mind has them. In: the real log and
 * where its brokers are. Out: the same log, whose readers are moved to the oldest record that is kept where theirs is gone,
 * and whose first offset and identity are never asked for.
 */
import { type LogReader, LogError, type LogRecordInput, type TickLog } from '@tapeline/domain';
import { type KafkaLog, topicOf } from '@tapeline/kafka';
import { type Consumer, Kafka, logLevel } from 'kafkajs';
import { ofAnyLog } from './log-variants.ts';
import { withCalls } from './with-calls.ts';

/** Names the brokers for the environment of `worker-main.ts`, `host:port,…`. */
export const stockBrokersVariable = 'TAPELINE_STOCK_BROKERS';

const waitingMax = 20_000;

/** The log with readers of ticks of its own. */
export function withStockReads(log: KafkaLog, brokers: readonly string[]): TickLog {
  const stream = [...log.topicIds.keys()].find((name) => name.endsWith('.ticks'))?.slice(0, -'.ticks'.length);
  if (stream === undefined || brokers.length === 0) throw new RangeError(`${stockBrokersVariable} names no broker`);
  return withCalls(ofAnyLog(log), {
    range: async (topic, partition) => ({ ...(await log.range(topic, partition)), firstOffset: 0 }),
    open: (topic, partition, offset) =>
      topic === 'ticks'
        ? new StockReader(brokers, topicOf(stream, topic), { partition, offset })
        : log.open(topic, partition, offset),
  });
}

type From = { readonly partition: number; readonly offset: number };

class StockReader implements LogReader {
  readonly #consumer: Consumer;
  readonly #waiting: LogRecordInput[] = [];
  #failure: Error | undefined;
  #isClosed = false;
  #wake: () => void = () => undefined;

  constructor(brokers: readonly string[], topic: string, from: From) {
    const kafka = new Kafka({ clientId: 'stock', brokers: [...brokers], logLevel: logLevel.NOTHING });
    const groupId = `${topic}-${from.partition}-${process.pid}-${from.offset}`;
    this.#consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
    this.#read(topic, from).catch((error: unknown) => {
      this.#failure = new LogError('LOG_UNAVAILABLE', String(error), { cause: error });
      this.#wake();
    });
  }

  async next(): Promise<readonly LogRecordInput[] | undefined> {
    while (this.#waiting.length === 0 && !this.#isClosed && this.#failure === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#isClosed) return undefined;
    if (this.#failure !== undefined) throw this.#failure;
    return this.#waiting.splice(0, 1_000);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wake();
    await this.#consumer.disconnect();
  }

  async #read(topic: string, { partition, offset }: From): Promise<void> {
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topic, fromBeginning: true });
    await this.#consumer.run({
      autoCommit: false,
      eachBatch: async (payload) => {
        const { batch } = payload;
        if (batch.partition !== partition) return;
        for (const { offset: at, timestamp, value } of batch.messages) {
          const record = { offset: Number(at), appendTimeMs: Number(timestamp), bytes: value ?? new Uint8Array() };
          if (record.offset >= offset && this.#waiting.length < waitingMax) this.#waiting.push(record);
          payload.resolveOffset(at);
        }
        this.#wake();
      },
    });
    this.#consumer.seek({ topic, partition, offset: String(offset) });
  }
}
