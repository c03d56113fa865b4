/**
 * A worker's place among the workers of a stream. In: a connection, the group, the worker's own address. Out: which
 * partitions are its own, by Kafka's membership. Law 5: two that believe they own a partition do no harm, so everybody works
 * on until the group says what is whose, through a rebalance and through any silence, but for what others took meanwhile.
 */
import type { Ownership } from '@tapeline/domain';
import type { Clock, Health, Logger, Metrics } from '@tapeline/runtime';
import { type KafkaConnection, KafkaError } from '../kafka-connection.ts';
import { type GroupConsumer, kafkaGroupConsumer, type OpenGroupConsumer } from './group-consumer.ts';
import { groupProblem } from './group-problem.ts';
import { GroupSilence } from './group-silence.ts';
import { type GroupStanding, GroupWatch } from './group-watch.ts';
import { groupMetrics, type GroupMetrics } from './group-metrics.ts';
import { addressBytesMax, type MemberData } from './member-data.ts';
import { PositionCommits } from './position-commits.ts';
import { WorkerShare } from './worker-share.ts';

/** What joining needs. */
export type JoinOptions = {
  readonly connection: KafkaConnection;
  /** The stream's name. */
  readonly stream: string;
  /** Its topic of ticks; `<stream>.ticks` if absent. */
  readonly topic?: string;
  /**
   * Partitions that are spread, from 0, until somebody of the group calls `usePartitions`: those that the stream was made with. Absent
   * = all that the topic has.
   */
  readonly partitions?: number;
  /** The group; `<stream>.worker` if absent. */
  readonly groupId?: string;
  /** Where this worker answers, `host:port`. */
  readonly address: string;
  /** The group gives the partitions of a worker that is silent for so long to others, ms; 6,000, the brokers' minimum. */
  readonly sessionTimeoutMs?: number;
  /** Between signs of life, ms; also how late a worker hears that another left. 250. */
  readonly heartbeatMs?: number;
  /** How long a rebalance waits for a member that does not answer, ms; as the session timeout. */
  readonly rebalanceTimeoutMs?: number;
  /** How late new partitions are noticed, ms; 30,000. */
  readonly metadataMaxAgeMs?: number;
  /** Between commits of positions, ms; 5,000. */
  readonly commitEveryMs?: number;
  /** How long the first join may take, ms; 30,000. */
  readonly joinWithinMs?: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Hears of silence of the group; the part is `worker group`. */
  readonly health?: Health;
};

type Settled = Required<Omit<JoinOptions, 'stream' | 'health'>> & Pick<JoinOptions, 'health'>;

/** Between looks at silence, ms. */
const lookEveryMs = 250;
/**
 * Without any answer to what our client asks about membership so long, while brokers answer, it hangs, in session timeouts:
 * time enough for it to pass over several brokers that are silent, some 2 each.
 */
const hangSessions = 10;
/**
 * Without being confirmed so long, while brokers answer, the worker ends, in session timeouts; 10 minutes of 6 s. Others
 * write its partitions too by then if it alone is cut off, which doubles their work and changes nothing. Long, because a
 * coordinator that reads its logs again after a crash, or waits for replicas, is away for minutes, from all workers of
 * the stream at once, and none that ends could join again before it is back.
 */
const cutOffSessions = 100;
/** The last commit of positions may take so long, ms: others wait for our partitions. */
const lastCommitMs = 200;
/** Leaving may take so long, ms; then the session timeout does it. */
const leaveWithinMs = 5_000;

/**
 * Joins the workers of a stream; resolves when it knows what is its own. Rejects with `KafkaError`: no broker, no login,
 * no such topic, a group of others.
 */
export async function joinWorkers(
  options: JoinOptions,
  open: OpenGroupConsumer = kafkaGroupConsumer,
): Promise<Ownership> {
  const member = new GroupMembership(settle(options), open);
  await member.join();
  return member;
}

function settle(options: JoinOptions): Settled {
  const sessionTimeoutMs = options.sessionTimeoutMs ?? 6_000;
  const bytes = Buffer.byteLength(options.address, 'utf8');
  if (bytes === 0 || bytes > addressBytesMax) {
    throw new KafkaError(
      'KAFKA_OPTION',
      `a worker's address has 1 to ${addressBytesMax} bytes, and "${options.address}" has ${bytes}`,
    );
  }
  const heartbeatMs = options.heartbeatMs ?? 250;
  if (!(heartbeatMs > 0 && heartbeatMs * 3 <= sessionTimeoutMs)) {
    const fact = `a heartbeat every ${heartbeatMs} ms is not three times in a session of ${sessionTimeoutMs} ms`;
    throw new KafkaError('KAFKA_OPTION', `${fact}; lower the one or raise the other`);
  }
  return {
    topic: `${options.stream}.ticks`,
    partitions: Infinity,
    groupId: `${options.stream}.worker`,
    rebalanceTimeoutMs: sessionTimeoutMs,
    metadataMaxAgeMs: 30_000,
    commitEveryMs: 5_000,
    joinWithinMs: 30_000,
    ...options,
    sessionTimeoutMs,
    heartbeatMs,
  };
}

class GroupMembership implements Ownership {
  readonly failed: Promise<never>;
  readonly #options: Settled;
  readonly #metrics: GroupMetrics;
  readonly #share: WorkerShare;
  readonly #consumer: GroupConsumer;
  readonly #commits: PositionCommits;
  readonly #silence: GroupSilence;
  readonly #watch: GroupWatch;
  readonly #rates = new Map<number, number>();
  readonly #stop = new AbortController();
  #partitionsInUse: number;
  /** What the group was told at the last join. */
  #partitionsTold = 0;
  readonly #firstJoin: Promise<void>;
  #onFirstJoin: () => void = () => undefined;
  #onFailure: (error: KafkaError) => void = () => undefined;
  #answeredMs = -Infinity;
  #leaving: Promise<void> | undefined;

  constructor(options: Settled, open: OpenGroupConsumer) {
    const { clock, logger } = options;
    const monotonicMs = (): number => clock.monotonicMs();
    this.#options = options;
    this.#partitionsInUse = options.partitions;
    this.#metrics = groupMetrics(options.metrics);
    this.#share = new WorkerShare({ monotonicMs, onFault: (error) => this.#fail(error) });
    this.#consumer = this.#consumerBy(open);
    this.#commits = new PositionCommits({
      commit: (positions) => this.#consumer.commit(positions),
      owned: () => this.#share.owned,
      monotonicMs,
      failures: this.#metrics.commitFailures,
      logger,
    });
    const contactMs = (): number => this.#share.contactMs;
    this.#silence = new GroupSilence({ ...options, monotonicMs, contactMs, metrics: this.#metrics });
    this.#watch = this.#watchFor(contactMs);
    this.#share.follow((partitions) => this.#metrics.partitions.set(partitions.length));
    this.#firstJoin = new Promise((resolve) => {
      this.#onFirstJoin = resolve;
    });
    this.failed = new Promise((_, reject) => {
      this.#onFailure = reject;
    });
    // Whoever does not listen is told by the other ways; an unheard rejection would end the process without a word.
    void Promise.allSettled([this.failed]);
  }

  #consumerBy(open: OpenGroupConsumer): GroupConsumer {
    const { clock, logger, groupId } = this.#options;
    return open({
      ...this.#options,
      partitions: () => this.#partitionsInUse,
      wantsRejoin: () => this.#partitionsTold < this.#partitionsInUse,
      tell: () => this.#tell(),
      events: {
        onJoin: (partitions) => this.#onJoin(partitions),
        onAlive: (generation) => this.#share.alive(generation),
        onAnswer: () => (this.#answeredMs = clock.monotonicMs()),
        onRebalance: () => logger.info('workers or their coordinator come or go; joins again', { groupId }),
        onCrash: (error, goesOn) => this.#onCrash(error, goesOn),
      },
    });
  }

  #watchFor(contactMs: () => number): GroupWatch {
    const { clock, sessionTimeoutMs } = this.#options;
    return new GroupWatch({
      hangMs: sessionTimeoutMs * hangSessions,
      cutOffMs: sessionTimeoutMs * cutOffSessions,
      askEveryMs: sessionTimeoutMs,
      monotonicMs: () => clock.monotonicMs(),
      contactMs,
      answeredMs: () => this.#answeredMs,
      answers: () => this.#consumer.answers(),
    });
  }

  async join(): Promise<void> {
    const { clock, joinWithinMs, groupId } = this.#options;
    try {
      const late = clock.sleep(joinWithinMs, this.#stop.signal).then(() => false);
      const isInTime = await Promise.race([this.#begin().then(() => true), this.failed, late]);
      if (!isInTime) {
        const fact = `the worker group ${groupId} did not answer within ${joinWithinMs / 1_000} s`;
        throw new KafkaError('KAFKA_FAILED', `${fact}; are its brokers well?`);
      }
    } catch (error) {
      await this.leave();
      throw groupProblem(error, this.#options);
    }
  }

  async #begin(): Promise<void> {
    await this.#consumer.start();
    void this.#keepLooking();
    void this.#keepCommitting();
    await this.#firstJoin;
  }

  follow(listener: (partitions: readonly number[]) => void): () => void {
    return this.#share.follow(listener);
  }

  noteRate(partition: number, ticksPerSecond: number): void {
    if (this.#share.owned.includes(partition)) this.#rates.set(partition, ticksPerSecond);
  }

  notePosition(partition: number, nextOffset: number): void {
    this.#commits.note(partition, nextOffset);
  }

  noteClaimLost(partition: number): void {
    const { clock, sessionTimeoutMs, logger, groupId } = this.#options;
    // Within a session of its last word the group says itself what is whose; only after that may it have passed us over.
    if (clock.monotonicMs() - this.#share.contactMs <= sessionTimeoutMs) return;
    logger.info('another worker has a partition, and the group does not answer: it is left to it', {
      groupId,
      partition,
    });
    this.#share.takenOver(partition);
    this.#rates.delete(partition);
  }

  usePartitions(count: number): void {
    if (!(count > this.#partitionsInUse)) return;
    this.#partitionsInUse = count;
    this.#options.logger.info('more partitions are in use; joins again', {
      groupId: this.#options.groupId,
      partitions: count,
    });
  }

  leave(): Promise<void> {
    this.#leaving ??= this.#leave();
    return this.#leaving;
  }

  async #leave(): Promise<void> {
    const { clock, logger, groupId } = this.#options;
    this.#stop.abort();
    await within(clock, lastCommitMs, this.#commits.flush());
    this.#share.left();
    const isGone = await within(
      clock,
      leaveWithinMs,
      this.#consumer.leave().catch((error: unknown) => {
        logger.warn('the worker group was not left in order; others take over after the session timeout', {
          groupId,
          error,
        });
      }),
    );
    if (!isGone)
      logger.warn('leaving the worker group took too long; others take over after the session timeout', { groupId });
  }

  #tell(): MemberData {
    this.#partitionsTold = this.#partitionsInUse;
    return {
      address: this.#options.address,
      generation: this.#share.generation,
      owned: this.#share.owned,
      rates: this.#rates,
      // Without a number of its own the topic's counts.
      partitionsInUse: Number.isFinite(this.#partitionsInUse) ? this.#partitionsInUse : 0,
    };
  }

  #onJoin(partitions: readonly number[]): void {
    this.#share.joined(partitions);
    for (const partition of this.#rates.keys()) if (!partitions.includes(partition)) this.#rates.delete(partition);
    this.#metrics.joins.add();
    this.#onFirstJoin();
    const { logger, groupId } = this.#options;
    logger.info('partitions were given', { groupId, partitions: this.#share.owned.join(',') });
  }

  #onCrash(error: Error, goesOn: boolean): void {
    const { logger, groupId } = this.#options;
    this.#metrics.restarts.add();
    if (goesOn) logger.warn('the worker group was lost and is joined anew', { groupId, error });
    else this.#fail(error);
  }

  #fail(error: unknown): void {
    const { message, code } = groupProblem(error, this.#options);
    const text = `this worker cannot be in its group any more: ${message}; the process has to be started again`;
    this.#options.logger.error('membership of the worker group has failed', { groupId: this.#options.groupId, error });
    this.#onFailure(new KafkaError(code, text, { cause: error }));
  }

  /** Looks at silence until we leave; the clock's sleep bounds how often. */
  async #keepLooking(): Promise<void> {
    const { clock } = this.#options;
    while (!this.#stop.signal.aborted) {
      await clock.sleep(lookEveryMs, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      this.#silence.look();
      const standing = await this.#watch.look();
      if (standing === 'goes on') continue;
      this.#fail(new KafkaError('KAFKA_FAILED', this.#whySilent(standing)));
      return;
    }
  }

  #whySilent(standing: Exclude<GroupStanding, 'goes on'>): string {
    const { sessionTimeoutMs } = this.#options;
    const seconds = ((standing === 'hangs' ? hangSessions : cutOffSessions) * sessionTimeoutMs) / 1_000;
    const fact = standing === 'hangs' ? 'said nothing' : 'did not confirm this worker';
    return `the group ${fact} for ${seconds} s although a broker answers`;
  }

  async #keepCommitting(): Promise<void> {
    const { clock, commitEveryMs } = this.#options;
    while (!this.#stop.signal.aborted) {
      await clock.sleep(commitEveryMs, this.#stop.signal);
      if (!this.#stop.signal.aborted) await this.#commits.flush();
    }
  }
}

/** Waits for `work` at most `ms`; whether it ended in time. */
async function within(clock: Clock, ms: number, work: Promise<void>): Promise<boolean> {
  const timer = new AbortController();
  const isDone = await Promise.race([work.then(() => true), clock.sleep(ms, timer.signal).then(() => false)]);
  timer.abort();
  return isDone;
}
