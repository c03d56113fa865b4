/**
 * `control` on Kafka behind the seam `ControlLog`. In: a connection, the stream's name. Out: appends through one lane that sends each
 * record once, readers from the oldest record on, the end. It has connections of its own, so that no tick waits for a map and no map for
 * ticks; and no other topic under the same name is ever taken for it (law 1).
 */
import {
  type Appended,
  type ControlLog,
  type ControlLogReader,
  controlRefusal,
  LogError,
  type OffsetRange,
} from '@tapeline/domain';
import { Backoff, type Clock, type RandomSource, silentLogger, systemClock, systemRandom } from '@tapeline/runtime';
import { ClusterView } from '../cluster-view.ts';
import { code, codeName } from '../error-codes.ts';
import type { KafkaCalls } from '../kafka-calls.ts';
import { KafkaError } from '../kafka-connection.ts';
import { Lane } from '../lane.ts';
import { type LogMetrics, logMetrics } from '../log-metrics.ts';
import { defaultLogSettings, type LogSettings, retryWaits } from '../log-settings.ts';
import { offsetRange } from '../offset-range.ts';
import { type OpeningOptions, openOnCalls } from '../open-on-calls.ts';
import { ProduceOutbox } from '../produce-outbox.ts';
import { topicOf } from '../topic-names.ts';
import { topicsSeen } from '../topics-seen.ts';
import { ControlReader } from './control-reader.ts';

/** What it is opened with; the topic is `<stream>.control`. */
export type KafkaControlOptions = OpeningOptions;

/** `control` of a stream. */
export type KafkaControl = ControlLog & {
  /** What tells the topic from any other that had or will have its name. */
  readonly topicId: string;
};

/** Where a person waits for a map, seconds count; and what is given up may be written again by whoever asked. */
const controlSettings: Partial<LogSettings> = {
  produceTimeoutMs: 5_000,
  deliveryTimeoutMs: 10_000,
  // Below what a batch of `control` may have.
  batchBytesMax: 900_000,
  laneBytesMax: 16_777_216,
  fetchWaitMs: 500,
  stallMs: 10_000,
};
const utf8 = new TextEncoder();

/** Opens `control` of a stream whose topics are there. Rejects with `KafkaError`. */
export async function openKafkaControl(options: KafkaControlOptions): Promise<KafkaControl> {
  const settings = { ...defaultLogSettings, ...controlSettings, ...options.settings };
  return openOnCalls(options, settings, (calls) => openControlOn(calls, options, settings));
}

/** Opens it on these calls; `openKafkaControl` with a cluster of one's own. Rejects with `KafkaError`. */
export async function openControlOn(
  calls: KafkaCalls,
  options: KafkaControlOptions,
  settings: LogSettings,
): Promise<KafkaControl> {
  const { clock = systemClock } = options;
  const topic = topicOf(options.stream, 'control');
  const view = new ClusterView({ calls, topics: [topic], clock, maxAgeMs: settings.metadataMaxAgeMs });
  const [facts] = await topicsSeen(view, clock, 1);
  const seen = facts?.code ?? code.unknownTopicOrPartition;
  if (seen !== code.none) {
    const remedy = 'create it (one partition, cleanup.policy=compact), or grant this client Describe, Read and Write';
    throw new KafkaError('KAFKA_TOPICS', `topic ${topic} cannot be used (${codeName(seen)}); ${remedy} on it`);
  }
  const control = new OpenControl(calls, view, topic, options, settings);
  // A leader that is named may not have begun yet, and what it refuses meanwhile is not sent again. Without one the start goes on.
  await Promise.allSettled([control.endOffset()]);
  return control;
}

class OpenControl implements KafkaControl {
  readonly topicId: string;
  readonly #topic: string;
  readonly #calls: KafkaCalls;
  readonly #view: ClusterView;
  readonly #lane: Lane;
  readonly #clock: Clock;
  readonly #random: RandomSource;
  readonly #settings: LogSettings;
  readonly #metrics: LogMetrics;
  readonly #readers = new Map<number, ControlReader>();
  #closing: Promise<void> | undefined;

  constructor(
    calls: KafkaCalls,
    view: ClusterView,
    topic: string,
    { clock = systemClock, random = systemRandom, logger = silentLogger, metrics }: KafkaControlOptions,
    settings: LogSettings,
  ) {
    this.#calls = calls;
    this.#view = view;
    this.#topic = topic;
    this.topicId = view.identity(topic);
    this.#clock = clock;
    this.#random = random;
    this.#settings = settings;
    const outbox = new ProduceOutbox({
      calls,
      clock,
      requestBytesMax: settings.produceRequestBytesMax,
      requestsMax: { together: 1, apart: 1 },
      replicasMs: settings.produceTimeoutMs,
      replyMs: settings.requestTimeoutMs,
    });
    this.#metrics = logMetrics(metrics);
    const laneParts = { calls, view, outbox, clock, random, settings, metrics: this.#metrics, sendsOnce: true };
    this.#lane = new Lane(laneParts, topic, 0);
    void view.keepFresh((error) => logger.warn('the Kafka cluster does not tell its state', { error, topic }));
  }

  async append(key: string, bytes: Uint8Array | undefined): Promise<Appended> {
    this.#checkOpen();
    const refusal = controlRefusal(key, bytes);
    if (refusal !== undefined) throw refusal;
    return this.#lane.append(bytes, utf8.encode(key));
  }

  open(): ControlLogReader {
    this.#checkOpen();
    let slot = 0;
    while (this.#readers.has(slot)) slot += 1;
    const { fetchWaitMs: waitMs, fetchPartitionBytes, stallMs } = this.#settings;
    const reader = new ControlReader({
      calls: this.#calls,
      view: this.#view,
      rangeOf: () => this.#range(),
      clock: this.#clock,
      backoff: new Backoff({ ...retryWaits, random: this.#random }),
      topic: this.#topic,
      slot,
      waitMs,
      bytesMax: fetchPartitionBytes,
      stallMs,
      metrics: this.#metrics,
      onEnd: () => this.#readers.delete(slot),
    });
    this.#readers.set(slot, reader);
    return reader;
  }

  async endOffset(): Promise<number> {
    this.#checkOpen();
    return (await this.#range()).endOffset;
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const reader of this.#readers.values()) void reader.close();
    // It ends by itself: every append has its time limit.
    await this.#lane.settled();
    this.#view.stop();
    this.#calls.close();
  }

  async #range(): Promise<OffsetRange> {
    const timeoutMs = this.#settings.requestTimeoutMs * 2;
    const parts = { calls: this.#calls, view: this.#view, clock: this.#clock, random: this.#random, timeoutMs };
    return offsetRange(parts, this.#topic, 0);
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new LogError('LOG_CLOSED', 'control is closed; open it again');
  }
}
