/**
 * The part of kafkajs that keeps us in a group, and nothing of what it reads with. In: the group and its times. Out:
 * joins, signs of life and ends. Every partition is paused before kafkajs looks for something to fetch, so it never
 * fetches: its loop then only waits, `pollMs` at a time, and sends heartbeats in between, which no reading can delay.
 */
import type { Clock, Logger } from '@tapeline/runtime';
import type { Cluster, Consumer, PartitionAssigner } from 'kafkajs';
import type { KafkaConnection } from '../kafka-connection.ts';
import { kafkajsClient } from '../kafkajs-client.ts';
import { connectionTimeoutMs } from './group-problem.ts';
import type { CommitMember } from './commit-requests.ts';
import type { MemberData } from './member-data.ts';
import { beginElsewhere, fitForMembership, rejoinWhen, skipOffsets } from './membership-cluster.ts';
import { PositionTeller } from './position-teller.ts';
import { workerAssigner } from './worker-assigner.ts';

/** What happens to a member. */
export type GroupEvents = {
  /** It was given these partitions, in no order. */
  readonly onJoin: (partitions: readonly number[]) => void;
  /** The coordinator confirmed that it is a member, in this generation. */
  readonly onAlive: (generation: number) => void;
  /** Others come or go; it joins again by itself. */
  readonly onRebalance: () => void;
  /** A broker answered a question about membership, be it with an error. */
  readonly onAnswer: () => void;
  /** It lost the group for `error`; it tries again by itself if `goesOn`, else never. */
  readonly onCrash: (error: Error, goesOn: boolean) => void;
};

/** Membership of a group, as a seam: kafkajs or a test's own. */
export type GroupConsumer = {
  /** Connects and begins to join; rejects if it cannot begin. Resolves before it has joined. */
  start(): Promise<void>;
  /** Commits next offsets by partition, for those who watch from outside; `false`: not now, but soon. One try. */
  commit(positions: ReadonlyMap<number, number>): Promise<boolean>;
  /** Leaves the group at once and lets go of connections. */
  leave(): Promise<void>;
  /** Whether a broker answers; never rejects. */
  answers(): Promise<boolean>;
};

/** What membership needs. */
export type GroupConsumerOptions = {
  readonly connection: KafkaConnection;
  readonly groupId: string;
  readonly topic: string;
  /** Partitions that are to be shared out, from 0; it rises. */
  readonly partitions: () => number;
  /** Whether this member has something to tell that its last join did not. */
  readonly wantsRejoin: () => boolean;
  readonly sessionTimeoutMs: number;
  readonly heartbeatMs: number;
  readonly rebalanceTimeoutMs: number;
  /** How old the known number of partitions may be, ms. */
  readonly metadataMaxAgeMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tell: () => MemberData;
  readonly events: GroupEvents;
};

/** Makes membership; `kafkaGroupConsumer` is the real one. */
export type OpenGroupConsumer = (options: GroupConsumerOptions) => GroupConsumer;

/** Length of a wait between looks, ms: an end of ours and a rebalance of others wait for it at most. */
const pollMs = 100;
/** Tries of kafkajs before it starts over with a new membership; with the waits between them some 2 s. */
const retriesBeforeRestart = 5;
/** A reply to a join may take a whole rebalance; any other later than a session is of no use. */
const replyMarginMs = 1_000;

/** Kafka's requests of membership: whoever answers them is there, and kafkajs is still asking. */
const membershipRequests: ReadonlySet<string> = new Set(['FindCoordinator', 'JoinGroup', 'SyncGroup', 'Heartbeat']);

/** `member` stands while the coordinator has confirmed it since the last join. */
type State = { isLeaving: boolean; cluster?: Cluster; member: CommitMember | undefined };

/** Membership by kafkajs. Throws `KafkaError` as `kafkajsClient`. */
export function kafkaGroupConsumer(options: GroupConsumerOptions): GroupConsumer {
  const { connection, groupId, topic, sessionTimeoutMs, logger } = options;
  const requestTimeoutMs = sessionTimeoutMs + replyMarginMs;
  const client = kafkajsClient(connection, logger, {
    connectionTimeoutMs,
    requestTimeoutMs,
    retries: retriesBeforeRestart,
  });
  const state: State = { isLeaving: false, member: undefined };
  const teller = new PositionTeller(options);
  const assigner = workerAssigner({ topic, partitions: options.partitions, tell: options.tell });
  // kafkajs hands its view of the cluster to assigners, when the consumer is made and before it connects.
  const seeingCluster: PartitionAssigner = (given) => {
    state.cluster = given.cluster;
    fitForMembership(given.cluster);
    rejoinWhen(given.cluster, options.wantsRejoin);
    return assigner(given);
  };
  const consumer = client.consumer({
    groupId,
    partitionAssigners: [seeingCluster],
    sessionTimeout: sessionTimeoutMs,
    rebalanceTimeout: options.rebalanceTimeoutMs,
    heartbeatInterval: options.heartbeatMs,
    metadataMaxAge: options.metadataMaxAgeMs,
    maxWaitTimeInMs: pollMs,
    allowAutoTopicCreation: false,
    retry: {
      retries: retriesBeforeRestart,
      initialRetryTime: 100,
      maxRetryTime: 500,
      // Without this a crash that is being handled while we leave would join again after we left.
      restartOnFailure: async () => !state.isLeaving,
    },
  });
  listen(consumer, options, state);
  return {
    start: async () => {
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      void consumer.run({ autoCommit: false, eachBatch: refuseBatch }).catch((error: unknown) => {
        options.events.onCrash(error instanceof Error ? error : new Error(String(error)), false);
      });
    },
    commit: async (positions) => {
      const { member } = state;
      return member === undefined ? false : teller.tell(member, positions);
    },
    leave: async () => {
      state.isLeaving = true;
      teller.close();
      await consumer.disconnect();
    },
    answers: () => teller.answers(),
  };
}

function listen(consumer: Consumer, options: GroupConsumerOptions, state: State): void {
  const { topic, groupId, events, logger } = options;
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    // kafkajs tells this before its first look for something to fetch; a pause without numbers covers all partitions.
    consumer.pause([{ topic }]);
    state.member = undefined;
    const partitions = payload.memberAssignment[topic] ?? [];
    if (state.cluster !== undefined) skipOffsets(state.cluster, groupId, topic, partitions);
    events.onJoin(partitions);
  });
  consumer.on(consumer.events.HEARTBEAT, ({ payload }) => {
    state.member = { memberId: payload.memberId, generation: payload.groupGenerationId };
    events.onAlive(payload.groupGenerationId);
  });
  consumer.on(consumer.events.REBALANCING, () => events.onRebalance());
  consumer.on(consumer.events.REQUEST, ({ payload }) => {
    if (membershipRequests.has(payload.apiName)) events.onAnswer();
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    state.member = undefined;
    if (state.isLeaving) return;
    if (payload.restart && state.cluster !== undefined) {
      beginElsewhere(state.cluster).catch((error: unknown) => logger.debug('no other broker is named', { error }));
    }
    events.onCrash(payload.error, payload.restart);
  });
}

/** Nothing is ever fetched, so this is a defect if it happens; kafkajs then crashes and the worker ends loudly. */
async function refuseBatch(): Promise<void> {
  throw new TypeError('the membership of the worker group fetched records, which it never should');
}
