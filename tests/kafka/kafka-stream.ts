/**
 * A stream of its own on a real Kafka. In: brokers. Out: topics that nobody else has, logs on them, and their end. The
 * broker may be shared with other tests, so nothing here touches what is not of this stream.
 */
import { randomUUID } from 'node:crypto';
import type { TopicName } from '@tapeline/domain';
import {
  type KafkaAdmin,
  kafkaAdmin,
  type KafkaControl,
  type KafkaConnection,
  type KafkaLog,
  type LogSettings,
  openKafkaControl,
  openKafkaLog,
  type StreamTopicName,
  streamTopicNames,
  topicOf,
  type WantedTopics,
} from '@tapeline/kafka';

/** How a stream is made. */
export type StreamOptions = Partial<WantedTopics> & { readonly connection?: Partial<KafkaConnection> };

/** Topics of one test. */
export class KafkaStream {
  readonly name: string = `test-${randomUUID().slice(0, 13)}`;
  readonly connection: KafkaConnection;
  readonly admin: KafkaAdmin;
  readonly #opened: KafkaLog[] = [];
  readonly #controls: KafkaControl[] = [];

  /** With how many partitions it was made. */
  readonly #partitions: number;

  private constructor(brokers: readonly string[], connection: Partial<KafkaConnection>, partitions: number) {
    this.#partitions = partitions;
    this.connection = { brokers, clientId: 'tapeline-test', ...connection };
    this.admin = kafkaAdmin({ connection: this.connection });
  }

  /** Makes its topics. */
  static async make(
    brokers: readonly string[],
    { connection = {}, partitions = 1, ...wanted }: StreamOptions = {},
  ): Promise<KafkaStream> {
    const stream = new KafkaStream(brokers, connection, partitions);
    await stream.admin.ensureTopics({ ...wanted, partitions, stream: stream.name });
    return stream;
  }

  /** Opens its log; the one that was opened before is closed. */
  async open(settings: Partial<LogSettings> = {}): Promise<KafkaLog> {
    await this.#opened.at(-1)?.close();
    return this.openBeside(settings);
  }

  /** Opens its log beside those that are open. */
  async openBeside(settings: Partial<LogSettings> = {}): Promise<KafkaLog> {
    const partitions = this.#partitions;
    const log = await openKafkaLog({ connection: this.connection, stream: this.name, partitions, settings });
    this.#opened.push(log);
    return log;
  }

  /** Opens its control, beside those that are open. */
  async openControl(settings: Partial<LogSettings> = {}): Promise<KafkaControl> {
    const control = await openKafkaControl({ connection: this.connection, stream: this.name, settings });
    this.#controls.push(control);
    return control;
  }

  /** The name of a topic in Kafka. */
  topic(topic: StreamTopicName): string {
    return topicOf(this.name, topic);
  }

  /** Lets records leave as retention does. */
  async removeBelow(topic: TopicName, partition: number, offset: number): Promise<void> {
    await this.admin.deleteRecords(this.topic(topic), partition, offset);
  }

  /** Closes its logs and deletes its topics. */
  async end(): Promise<void> {
    await Promise.all([...this.#opened, ...this.#controls].map(async (log) => log.close()));
    await this.admin.deleteTopics(streamTopicNames.map((topic) => this.topic(topic)));
    this.admin.close();
  }
}
