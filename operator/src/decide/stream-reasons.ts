/**
 * Every condition of a TickStream and every reason it can have. In: nothing. Out: the unions. docs/operator.md has a remedy for
 * each, and the operator's tests fail on one that they did not reach.
 */
import { type ReasonIn, reasonLists } from './reason-lists.ts';

/** What a person has to do something about, by the part that tells it. */
const groups = {
  topics: [
    'SecretMissing',
    'KafkaUnreachable',
    'KafkaRefused',
    'KafkaFailed',
    'TopicsUnfit',
    'TopicMissing',
    'TopicReplaced',
    'TopicInUse',
  ],
  store: ['StoreMissing', 'StoreInUse', 'StoreUnreachable'],
  workers: ['WorkersFailing', 'WorkersUnschedulable'],
  feeds: ['FeedsFailing', 'FeedsUnschedulable', 'IngestUnknown'],
  pins: ['PinsNotMoved', 'PinsBlocked'],
  order: ['GapUnread', 'OrderViolated', 'CoordinatorFailing'],
} as const;

const own = {
  Ready: ['Working', 'Deleting', 'InvalidSpec', 'TopicsChanging', 'StoreNotReady', 'WorkersStarting', 'ScaledToZero'],
  Progressing: ['Creating', 'Changing', 'RollingOut', 'Deleting', 'Settled', 'Waiting'],
  Degraded: ['AsExpected', 'InvalidSpec', 'ReplicasDiffer', 'DeletionBlocked'],
  Paused: ['PausedBySpec', 'NotPaused'],
  OverProvisioned: ['MoreWorkersThanPartitions', 'WorkersFit'],
  TopicsReady: ['TopicsFit', 'TopicsChanging', 'WaitingForStore'],
  StoreReady: ['StoreReady', 'StoreNotReady'],
  WorkersReady: ['WorkersReady', 'WorkersStarting', 'ScaledToZero', 'WaitingForTopics'],
  FeedsReady: ['FeedsReady', 'NoFeeds', 'FeedsStarting', 'WaitingForTopics'],
  PinsHeld: ['NoPins', 'PinsHeld', 'PinsWaiting', 'PinsMoving'],
  OrderProtected: ['OrderKept', 'NotReported'],
  Skewed: ['Balanced', 'TooQuiet', 'NotMeasured', 'Spreading', 'NotSpread', 'CannotSpread'],
} as const;

const told = {
  // Feeds, pins and what stands where stop no bars.
  Ready: ['topics', 'store', 'workers'],
  Progressing: [],
  Degraded: ['topics', 'store', 'workers', 'feeds', 'pins', 'order'],
  Paused: [],
  OverProvisioned: [],
  TopicsReady: ['topics'],
  StoreReady: ['store'],
  WorkersReady: ['workers'],
  FeedsReady: ['feeds'],
  PinsHeld: ['pins'],
  OrderProtected: ['order'],
  Skewed: [],
} as const;

/** A condition's type. */
export type StreamConditionType = keyof typeof own;

/** A reason of this condition. */
export type StreamReason<Type extends StreamConditionType = StreamConditionType> = ReasonIn<
  typeof own,
  typeof groups,
  typeof told,
  Type
>;

/** By condition. */
export const streamReasons: { readonly [Type in StreamConditionType]: readonly StreamReason<Type>[] } = reasonLists(
  own,
  groups,
  told,
);

/** The types, in the order in which they are shown. */
export const streamConditionTypes: readonly StreamConditionType[] = Object.keys(streamReasons) as StreamConditionType[];
