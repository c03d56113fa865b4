/**
 * Every condition of a TickStream and every reason it can have. In: nothing. Out: the unions. docs/operator.md has a remedy for
 * each, and the operator's tests fail on one that they did not reach.
 */

/** By condition. */
export const streamReasons = {
  Ready: [
    'Working',
    'Deleting',
    'InvalidSpec',
    'SecretMissing',
    'KafkaUnreachable',
    'KafkaRefused',
    'KafkaFailed',
    'TopicsUnfit',
    'TopicMissing',
    'TopicReplaced',
    'TopicInUse',
    'TopicsChanging',
    'StoreMissing',
    'StoreNotReady',
    'StoreInUse',
    'StoreUnreachable',
    'WorkersFailing',
    'WorkersUnschedulable',
    'WorkersStarting',
    'ScaledToZero',
  ],
  Progressing: ['Creating', 'Changing', 'RollingOut', 'Deleting', 'Settled', 'Waiting'],
  Degraded: [
    'AsExpected',
    'InvalidSpec',
    'SecretMissing',
    'KafkaUnreachable',
    'KafkaRefused',
    'KafkaFailed',
    'TopicsUnfit',
    'TopicMissing',
    'TopicReplaced',
    'TopicInUse',
    'ReplicasDiffer',
    'StoreMissing',
    'StoreInUse',
    'StoreUnreachable',
    'WorkersFailing',
    'WorkersUnschedulable',
    'FeedsFailing',
    'FeedsUnschedulable',
    'IngestUnknown',
    'InstrumentSeen',
    'DeletionBlocked',
  ],
  Paused: ['PausedBySpec', 'NotPaused'],
  OverProvisioned: ['MoreWorkersThanPartitions', 'WorkersFit'],
  TopicsReady: [
    'TopicsFit',
    'TopicsChanging',
    'WaitingForStore',
    'SecretMissing',
    'KafkaUnreachable',
    'KafkaRefused',
    'KafkaFailed',
    'TopicsUnfit',
    'TopicMissing',
    'TopicReplaced',
    'TopicInUse',
  ],
  StoreReady: ['StoreReady', 'StoreMissing', 'StoreNotReady', 'StoreInUse', 'StoreUnreachable'],
  WorkersReady: [
    'WorkersReady',
    'WorkersStarting',
    'ScaledToZero',
    'WaitingForTopics',
    'WorkersFailing',
    'WorkersUnschedulable',
  ],
  FeedsReady: [
    'FeedsReady',
    'NoFeeds',
    'FeedsStarting',
    'WaitingForTopics',
    'FeedsFailing',
    'FeedsUnschedulable',
    'IngestUnknown',
  ],
  PinsHeld: ['NoPins', 'PinsHeld', 'PinsWaiting', 'InstrumentSeen'],
} as const;

/** A condition's type. */
export type StreamConditionType = keyof typeof streamReasons;

/** A reason of this condition. */
export type StreamReason<Type extends StreamConditionType = StreamConditionType> = (typeof streamReasons)[Type][number];

/** The types, in the order in which they are shown. */
export const streamConditionTypes: readonly StreamConditionType[] = Object.keys(streamReasons) as StreamConditionType[];
