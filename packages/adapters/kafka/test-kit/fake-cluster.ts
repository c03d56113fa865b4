/**
 * A cluster without sockets behind the seam `KafkaCalls`. In: what the log asks, and from the test what goes wrong. Out:
 * answers by Kafka's rules. Brokers are numbers; a partition has a leader, and a topic an id, that the test may change.
 */
import { topicNames } from '@tapeline/domain';
import { silentLogger } from '@tapeline/runtime';
import { LinkError } from '../src/link-error.ts';
import { code } from '../src/error-codes.ts';
import type { FetchReply, KafkaCalls, NewProducer, ProduceTrip } from '../src/kafka-calls.ts';
import { type KafkaControl, openControlOn } from '../src/control/kafka-control.ts';
import { type KafkaLog, openLogOn } from '../src/kafka-log.ts';
import { defaultLogSettings, type LogSettings } from '../src/log-settings.ts';
import { readBatches } from '../src/read-batches.ts';
import type {
  ClusterFacts,
  FetchAnswer,
  FetchBounds,
  FetchPart,
  OffsetEnd,
  Place,
  ProduceAnswer,
  ProducePart,
} from '../src/wire-requests.ts';
import { FakeBrokerLog } from './fake-broker-log.ts';

/** What becomes of one request with batches. */
export type ProduceFate =
  /** Works. */
  | 'take'
  /** The batches land, the reply does not arrive. */
  | 'lose-reply'
  /** The request never arrives, and the sender cannot know that. */
  | 'lose-request'
  /** The request arrives only when the test says so. */
  | 'keep'
  /** As does the reply: the sender waits for it. */
  | 'hang'
  /** The batches land, and the reply says nothing about them. */
  | 'say-nothing'
  /** The batches land, and the reply tells no offsets. */
  | 'hide-offset'
  /** The broker refuses with this code. */
  | { readonly code: number };

/** A broker's cluster. */
export class FakeCluster implements KafkaCalls {
  readonly stream: string = 's';
  /** Fates of the next requests with batches; then all are taken. */
  readonly fates: ProduceFate[] = [];
  /** What else stands in the way of a request with batches. */
  fateOf: ((node: number, parts: readonly ProducePart[]) => ProduceFate | undefined) | undefined;
  /** Changes or refuses a fetch's answer. */
  onFetch: ((node: number, answer: FetchAnswer) => FetchAnswer) | undefined;
  /** Leaders by `<topic> <partition>`; broker 1 where nothing is set. */
  readonly leaders: Map<string, number> = new Map();
  /** Brokers that answer nothing. */
  readonly dead: Set<number> = new Set();
  /** Codes of topics by name; absent = it is there. */
  readonly topicCodes: Map<string, number> = new Map();
  topicId = 'AAAAAAAAAAAAAAAAAAAAAA';
  producerCode: number = code.none;
  /** What was asked for, in order. */
  readonly fetches: { readonly node: number; readonly slot: number; readonly parts: readonly FetchPart[] }[] = [];
  readonly produced: { readonly node: number; readonly parts: readonly ProducePart[]; readonly trip: ProduceTrip }[] =
    [];
  readonly offsetsAsked: { readonly end: OffsetEnd; readonly leaderEpoch: number }[] = [];
  producers = 0;
  looks = 0;
  /** Partitions of each topic, and of those that have others. */
  partitions: number;
  readonly partitionsOf: Map<string, number> = new Map();
  /** Set where no broker tells anything about the cluster. */
  isSilent = false;
  readonly #logs = new Map<string, FakeBrokerLog>();
  readonly #kept: (() => void)[] = [];
  readonly #waiting = new Set<() => void>();
  #nowMs = 1_760_000_000_000;

  constructor(partitions = 2) {
    this.partitions = partitions;
  }

  /** The log that is tested, on this cluster; waits are short. */
  async open(settings: Partial<LogSettings> = {}): Promise<KafkaLog> {
    const all = { ...defaultLogSettings, deliveryTimeoutMs: 300, fetchWaitMs: 5, stallMs: 5_000, ...settings };
    return openLogOn(
      this,
      {
        connection: { brokers: ['fake:1'], clientId: 'test' },
        stream: this.stream,
        random: { next: () => 0, bits: () => 0n },
        logger: silentLogger,
      },
      all,
    );
  }

  /** The control that is tested, on this cluster; waits are short. */
  async openControl(settings: Partial<LogSettings> = {}): Promise<KafkaControl> {
    const all = { ...defaultLogSettings, deliveryTimeoutMs: 300, fetchWaitMs: 5, stallMs: 400, ...settings };
    const random = { next: () => 0, bits: () => 0n };
    const connection = { brokers: ['fake:1'], clientId: 'test' };
    return openControlOn(this, { connection, stream: this.stream, random, logger: silentLogger }, all);
  }

  /** A partition's log on the brokers. */
  log(topic: string, partition: number): FakeBrokerLog {
    const key = `${topic} ${partition}`;
    let log = this.#logs.get(key);
    if (log === undefined) {
      log = new FakeBrokerLog();
      this.#logs.set(key, log);
    }
    return log;
  }

  /** The first bytes of each record that a partition holds. */
  async held(topic: string, partition: number): Promise<number[]> {
    const log = this.log(`${this.stream}.${topic}`, partition);
    const { records } = await readBatches(log.read(log.firstOffset, Infinity), log.firstOffset, true);
    return records.map(({ bytes }) => bytes[0] ?? -1);
  }

  /** Requests that were kept, or hang, arrive now. */
  deliverKept(): void {
    for (const deliver of this.#kept.splice(0)) deliver();
  }

  async metadata(topics: readonly string[]): Promise<ClusterFacts> {
    this.looks += 1;
    if (this.isSilent) throw new LinkError('nobody answers', false);
    const names = topics.length === 0 ? topicNames.map((topic) => `${this.stream}.${topic}`) : topics;
    return {
      nodes: [1, 2].map((node) => ({ node, host: 'fake', port: node })),
      topics: names.map((name) => ({
        name,
        code: this.topicCodes.get(name) ?? code.none,
        id: this.topicId,
        partitions: Array.from({ length: this.partitionsOf.get(name) ?? this.partitions }, (_, partition) => ({
          partition,
          leader: this.#leader(name, partition),
          leaderEpoch: this.log(name, partition).leaderEpoch,
        })),
      })),
    };
  }

  async produce(node: number, parts: readonly ProducePart[], trip: ProduceTrip): Promise<readonly ProduceAnswer[]> {
    // A batch that has to go under another number is written into the same bytes.
    const sent = parts.map(({ place, batch }) => ({ place, batch: Buffer.from(batch) }));
    this.produced.push({ node, parts: sent, trip });
    await turn();
    this.#checkAlive(node);
    const fate = this.fateOf?.(node, parts) ?? this.fates.shift() ?? 'take';
    if (fate === 'lose-request') throw new LinkError('the request was lost', true);
    if (fate === 'keep') {
      this.#kept.push(() => parts.map((part) => this.#take(node, part)));
      throw new LinkError('the request was lost', true);
    }
    if (fate === 'hang') await new Promise<void>((resolve) => this.#kept.push(resolve));
    if (typeof fate === 'object') return parts.map(({ place }) => answerOf(place, fate.code, -1, -1));
    const answers = parts.map((part) => this.#take(node, part));
    this.#wake();
    if (fate === 'lose-reply') throw new LinkError('the reply was lost', true);
    if (fate === 'say-nothing') return [];
    return fate === 'hide-offset' ? answers.map((answer) => ({ ...answer, baseOffset: -1 })) : answers;
  }

  async fetch(node: number, slot: number, parts: readonly FetchPart[], bounds: FetchBounds): Promise<FetchReply> {
    this.fetches.push({ node, slot, parts });
    await turn();
    this.#checkAlive(node);
    let answers = this.#answers(node, parts);
    const isNothing = ({ code: answered, bytes, diverging }: FetchAnswer): boolean =>
      answered === code.none && bytes.length === 0 && diverging === undefined;
    if (answers.every(isNothing)) {
      await this.#change(bounds.waitMs);
      answers = this.#answers(node, parts);
    }
    return { code: code.none, answers, replyBytes: answers.reduce((sum, { bytes }) => sum + bytes.length, 0) };
  }

  async offset(
    node: number,
    place: Place,
    end: OffsetEnd,
    leaderEpoch: number,
  ): Promise<{ readonly code: number; readonly offset: number }> {
    this.offsetsAsked.push({ end, leaderEpoch });
    await turn();
    this.#checkAlive(node);
    const log = this.log(place.topic, place.partition);
    const answered = epochCode(leaderEpoch, log);
    if (answered !== code.none) return { code: answered, offset: -1 };
    return { code: code.none, offset: end === 'first' ? log.firstOffset : log.endOffset };
  }

  async newProducer(node: number): Promise<NewProducer> {
    await turn();
    this.#checkAlive(node);
    this.producers += 1;
    return { code: this.producerCode, producerId: this.producers, producerEpoch: 0 };
  }

  drop(_node: number): void {
    this.#wake();
  }

  close(): void {
    this.#wake();
  }

  #take(node: number, { place, batch }: ProducePart): ProduceAnswer {
    if (place.topicId !== this.topicId) return answerOf(place, code.unknownTopicId, -1, -1);
    if (this.#leader(place.topic, place.partition) !== node) return answerOf(place, 6, -1, -1);
    this.#nowMs += 1;
    const taken = this.log(place.topic, place.partition).append(batch, this.#nowMs);
    return answerOf(place, taken.code, taken.offset, taken.timeMs);
  }

  #answers(node: number, parts: readonly FetchPart[]): FetchAnswer[] {
    return parts.map(({ place, offset, bytesMax, leaderEpoch, lastEpoch }) => {
      const log = this.log(place.topic, place.partition);
      const answer: FetchAnswer = {
        topicId: place.topicId,
        partition: place.partition,
        code: this.#fetchCode(node, place) || epochCode(leaderEpoch, log),
        highWatermark: log.endOffset,
        diverging: undefined,
        bytes: Buffer.alloc(0),
      };
      const full =
        answer.code === code.none ? { ...answer, ...this.#contents(log, offset, lastEpoch, bytesMax) } : answer;
      return this.onFetch?.(node, full) ?? full;
    });
  }

  #fetchCode(node: number, place: Place): number {
    if (place.topicId !== this.topicId) return code.unknownTopicId;
    return this.#leader(place.topic, place.partition) === node ? code.none : 6;
  }

  /** By the broker's rule: first whether what the reader read last is of this log, then whether its offset is there. */
  #contents(log: FakeBrokerLog, offset: number, lastEpoch: number, bytesMax: number): Partial<FetchAnswer> {
    const diverging = lastEpoch < 0 ? undefined : log.endOfEpoch(lastEpoch);
    if (lastEpoch >= 0 && diverging === undefined) return { code: code.offsetOutOfRange };
    if (diverging !== undefined && (diverging.epoch < lastEpoch || diverging.endOffset < offset)) return { diverging };
    if (offset < log.firstOffset || offset > log.endOffset) return { code: code.offsetOutOfRange };
    return { bytes: log.read(offset, bytesMax) };
  }

  #leader(topic: string, partition: number): number {
    return this.leaders.get(`${topic} ${partition}`) ?? 1;
  }

  #checkAlive(node: number): void {
    if (this.dead.has(node)) throw new LinkError(`broker ${node} is dead`, true);
  }

  async #change(waitMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      this.#waiting.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

/** What a leader says to somebody who takes it for that of another epoch. */
function epochCode(asked: number, { leaderEpoch }: FakeBrokerLog): number {
  if (asked < 0 || asked === leaderEpoch) return code.none;
  return asked < leaderEpoch ? code.fencedLeaderEpoch : code.unknownLeaderEpoch;
}

function answerOf(place: Place, answered: number, baseOffset: number, appendTimeMs: number): ProduceAnswer {
  return { place, code: answered, baseOffset, appendTimeMs, message: null };
}

async function turn(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}
