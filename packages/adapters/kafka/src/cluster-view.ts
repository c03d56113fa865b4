/**
 * What is known of the cluster: who leads each partition, and that the topics are still the same. In: replies of
 * brokers. Out: leaders, and for a topic that was deleted or made anew an error that stays. Law 1: another topic under
 * the same name is another log, so nobody goes on in it silently.
 */
import { LogError } from '@tapeline/domain';
import type { Clock } from '@tapeline/runtime';
import { code } from './error-codes.ts';
import type { KafkaCalls } from './kafka-calls.ts';
import type { ClusterFacts, PartitionFacts, Place, TopicFacts } from './wire-requests.ts';

/** What a view needs. */
export type ClusterViewOptions = {
  readonly calls: KafkaCalls;
  /** Names of the topics as Kafka has them. */
  readonly topics: readonly string[];
  readonly clock: Clock;
  /** The view is asked for anew at least this often, ms. */
  readonly maxAgeMs: number;
};

/** The leader of a partition. */
export type Leader = { readonly node: number; readonly epoch: number };

type Topic = {
  readonly name: string;
  readonly id: string;
  /** By number: brokers name them in any order. */
  readonly partitions: Map<number, PartitionFacts>;
  /** How often in a row it was missing or another, and since when, ms. */
  doubts: number;
  doubtSinceMs: number;
  replaced: LogError | undefined;
};

/** Looks in a row that must agree, over this long, ms: each asks another broker, and one that has just started is behind. */
const doubtMs = 1_000;
const doubtsMin = 3;
/** Two looks are this far apart at least, ms. */
const lookGapMs = 20;

/** The cluster as it was seen last. */
export class ClusterView {
  readonly #options: ClusterViewOptions;
  readonly #topics = new Map<string, Topic>();
  readonly #listeners = new Set<() => void>();
  readonly #stop = new AbortController();
  #nodes: readonly number[] = [];
  #looking: Promise<void> | undefined;
  #lookedAtMs = -Infinity;

  constructor(options: ClusterViewOptions) {
    this.#options = options;
  }

  /**
   * Looks for the first time and answers what is there of the topics; the ids seen now are the ones that have to stay.
   * Rejects as `KafkaCalls.metadata` does.
   */
  async start(): Promise<readonly TopicFacts[]> {
    const facts = await this.#options.calls.metadata(this.#options.topics);
    this.#nodes = facts.nodes.map(({ node }) => node);
    for (const { code: topicCode, name, id, partitions } of facts.topics) {
      if (topicCode !== code.none) continue;
      const byNumber = new Map(partitions.map((facts) => [facts.partition, facts]));
      this.#topics.set(name, { name, id, partitions: byNumber, doubts: 0, doubtSinceMs: 0, replaced: undefined });
    }
    this.#lookedAtMs = this.#options.clock.monotonicMs();
    return facts.topics;
  }

  /** Looks again from time to time, until the view is stopped. */
  async keepFresh(onProblem: (error: unknown) => void): Promise<void> {
    const { clock, maxAgeMs } = this.#options;
    while (!this.#stop.signal.aborted) {
      await clock.sleep(maxAgeMs, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      // A topic in doubt is looked at again soon, so that the doubt ends.
      await this.refresh().catch(onProblem);
      for (let look = 0; look < doubtsMin && this.#isInDoubt() && !this.#stop.signal.aborted; look += 1) {
        await clock.sleep(doubtMs / 2, this.#stop.signal);
        await this.refresh().catch(onProblem);
      }
    }
  }

  /** Looks again; calls at the same time share one look. Rejects as `KafkaCalls.metadata` does. */
  async refresh(): Promise<void> {
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  /** Looks again, not before now: a look that is under way may have been answered before. Rejects as `KafkaCalls.metadata` does. */
  async lookNow(): Promise<void> {
    await Promise.allSettled([this.#looking]);
    return this.refresh();
  }

  /** Who leads a partition; `undefined` while nobody does. */
  leader({ topic, partition }: { readonly topic: string; readonly partition: number }): Leader | undefined {
    const facts = this.#topics.get(topic)?.partitions.get(partition);
    return facts === undefined || facts.leader < 0 ? undefined : { node: facts.leader, epoch: facts.leaderEpoch };
  }

  /** How many partitions of a topic were seen so far, from 0 without a hole; it never falls, as none is ever taken away. */
  partitionCount(topic: string): number {
    const partitions = this.#topics.get(topic)?.partitions;
    let count = 0;
    while (partitions?.has(count) === true) count += 1;
    return count;
  }

  /** A partition with its topic's id. */
  place(topic: string, partition: number): Place {
    return { topic, topicId: this.identity(topic), partition };
  }

  /** The topic's id, as it was at the start. */
  identity(topic: string): string {
    return this.#topics.get(topic)?.id ?? '';
  }

  /** Why a topic must not be used any more; `undefined` while it is the one of the start. */
  replaced(topic: string): LogError | undefined {
    return this.#topics.get(topic)?.replaced;
  }

  /** Some broker of the cluster, another one each time it is asked with another number. */
  someNode(turn: number): number | undefined {
    return this.#nodes[turn % Math.max(1, this.#nodes.length)];
  }

  /** Calls `listener` after each look, until the returned function is called. */
  onLook(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends the looking. */
  stop(): void {
    this.#stop.abort();
  }

  async #look(): Promise<void> {
    const { clock, calls, topics } = this.#options;
    const sinceMs = clock.monotonicMs() - this.#lookedAtMs;
    if (sinceMs < lookGapMs) await clock.sleep(lookGapMs - sinceMs, this.#stop.signal);
    const facts = await calls.metadata(topics);
    this.#lookedAtMs = clock.monotonicMs();
    if (facts.nodes.length > 0) this.#nodes = facts.nodes.map(({ node }) => node);
    for (const topic of this.#topics.values()) this.#compare(topic, facts);
    for (const listener of this.#listeners) listener();
  }

  #compare(topic: Topic, facts: ClusterFacts): void {
    const now = facts.topics.find(({ name }) => name === topic.name);
    if (now?.code === code.none && now.id === topic.id) {
      topic.doubts = 0;
      for (const next of now.partitions) {
        topic.partitions.set(next.partition, newer(topic.partitions.get(next.partition), next));
      }
      return;
    }
    const isGone = now?.code === code.unknownTopicOrPartition;
    const isAnother = now?.code === code.none;
    if (!isGone && !isAnother) return;
    const nowMs = this.#lookedAtMs;
    if (topic.doubts === 0) topic.doubtSinceMs = nowMs;
    topic.doubts += 1;
    if (topic.doubts < doubtsMin || nowMs - topic.doubtSinceMs < doubtMs) return;
    topic.replaced ??= replacedError(topic, isAnother ? now.id : undefined);
  }

  #isInDoubt(): boolean {
    return [...this.#topics.values()].some(({ doubts, replaced }) => doubts > 0 && replaced === undefined);
  }
}

/** A broker that is behind does not bring back an older leader. */
function newer(before: PartitionFacts | undefined, next: PartitionFacts): PartitionFacts {
  return before !== undefined && before.leaderEpoch > next.leaderEpoch ? before : next;
}

function replacedError({ name, id }: Topic, now: string | undefined): LogError {
  const remedy = 'nothing that is known of its offsets holds: start again with a stream or store that belongs to it';
  const fact = now === undefined ? 'was deleted' : `was deleted and made anew (its id was ${id} and is ${now})`;
  return new LogError('LOG_REPLACED', `topic ${name} ${fact}; ${remedy}`);
}
