/**
 * Kafka's error codes as far as the log meets them. In: a code. Out: its name and what it means for a batch or a read.
 * A code that stands nowhere here is treated as one that may pass by itself.
 */

/** The codes that decisions hang on. */
export const code = {
  none: 0,
  offsetOutOfRange: 1,
  corruptMessage: 2,
  unknownTopicOrPartition: 3,
  requestTimedOut: 7,
  brokerNotAvailable: 8,
  messageTooLarge: 10,
  networkException: 13,
  notCoordinator: 16,
  invalidTopic: 17,
  recordListTooLarge: 18,
  notEnoughReplicas: 19,
  notEnoughReplicasAfterAppend: 20,
  illegalGeneration: 22,
  unknownMember: 25,
  rebalanceInProgress: 27,
  topicAuthorizationFailed: 29,
  clusterAuthorizationFailed: 31,
  invalidPartitions: 37,
  invalidReplicationFactor: 38,
  invalidConfig: 40,
  notController: 41,
  policyViolation: 44,
  outOfOrderSequence: 45,
  duplicateSequence: 46,
  invalidProducerEpoch: 47,
  unknownProducerId: 59,
  transactionalIdAuthorizationFailed: 53,
  fencedLeaderEpoch: 74,
  unknownLeaderEpoch: 75,
  invalidRecord: 87,
  producerFenced: 90,
  unknownTopicId: 100,
  inconsistentTopicId: 103,
} as const;

const names: Readonly<Record<number, string>> = {
  [-1]: 'UNKNOWN_SERVER_ERROR',
  1: 'OFFSET_OUT_OF_RANGE',
  2: 'CORRUPT_MESSAGE',
  3: 'UNKNOWN_TOPIC_OR_PARTITION',
  5: 'LEADER_NOT_AVAILABLE',
  6: 'NOT_LEADER_OR_FOLLOWER',
  7: 'REQUEST_TIMED_OUT',
  8: 'BROKER_NOT_AVAILABLE',
  9: 'REPLICA_NOT_AVAILABLE',
  10: 'MESSAGE_TOO_LARGE',
  13: 'NETWORK_EXCEPTION',
  14: 'COORDINATOR_LOAD_IN_PROGRESS',
  15: 'COORDINATOR_NOT_AVAILABLE',
  16: 'NOT_COORDINATOR',
  17: 'INVALID_TOPIC_EXCEPTION',
  18: 'RECORD_LIST_TOO_LARGE',
  19: 'NOT_ENOUGH_REPLICAS',
  20: 'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  22: 'ILLEGAL_GENERATION',
  25: 'UNKNOWN_MEMBER_ID',
  27: 'REBALANCE_IN_PROGRESS',
  29: 'TOPIC_AUTHORIZATION_FAILED',
  30: 'GROUP_AUTHORIZATION_FAILED',
  31: 'CLUSTER_AUTHORIZATION_FAILED',
  35: 'UNSUPPORTED_VERSION',
  37: 'INVALID_PARTITIONS',
  38: 'INVALID_REPLICATION_FACTOR',
  40: 'INVALID_CONFIG',
  41: 'NOT_CONTROLLER',
  42: 'INVALID_REQUEST',
  44: 'POLICY_VIOLATION',
  45: 'OUT_OF_ORDER_SEQUENCE_NUMBER',
  46: 'DUPLICATE_SEQUENCE_NUMBER',
  47: 'INVALID_PRODUCER_EPOCH',
  53: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  56: 'KAFKA_STORAGE_ERROR',
  59: 'UNKNOWN_PRODUCER_ID',
  72: 'LISTENER_NOT_FOUND',
  74: 'FENCED_LEADER_EPOCH',
  75: 'UNKNOWN_LEADER_EPOCH',
  78: 'OFFSET_NOT_AVAILABLE',
  87: 'INVALID_RECORD',
  89: 'THROTTLING_QUOTA_EXCEEDED',
  90: 'PRODUCER_FENCED',
  100: 'UNKNOWN_TOPIC_ID',
  103: 'INCONSISTENT_TOPIC_ID',
};

/** What a code means for a batch that was sent. */
export type ProduceVerdict =
  /** It is in the log. */
  | 'landed'
  /** It is in the log, but where is not told. */
  | 'landed-somewhere'
  /** Send the same again, to whoever leads then. */
  | 'again'
  /** The broker does not take this producer's sequence. */
  | 'sequence'
  | 'too-large'
  /** The topic may be another one by now. */
  | 'topic'
  /** It did not land and never will. */
  | 'refused';

/** A code's name, for messages and metrics. */
export function codeName(value: number): string {
  return names[value] ?? `CODE_${value}`;
}

/** What to do about a batch. */
export function produceVerdict(value: number): ProduceVerdict {
  switch (value) {
    case code.none:
      return 'landed';
    case code.duplicateSequence:
      return 'landed-somewhere';
    case code.outOfOrderSequence:
    case code.invalidProducerEpoch:
    case code.unknownProducerId:
    case code.producerFenced:
      return 'sequence';
    case code.messageTooLarge:
    case code.recordListTooLarge:
      return 'too-large';
    case code.unknownTopicOrPartition:
    case code.unknownTopicId:
    case code.inconsistentTopicId:
      return 'topic';
    case code.topicAuthorizationFailed:
    case code.clusterAuthorizationFailed:
    case code.transactionalIdAuthorizationFailed:
    case code.invalidRecord:
      return 'refused';
    default:
      return 'again';
  }
}

/** Whether the topic may have been deleted or made anew. */
export function isAboutTopic(value: number): boolean {
  return value === code.unknownTopicOrPartition || value === code.unknownTopicId || value === code.inconsistentTopicId;
}

/** Whether a batch did not get its replicas in time, or would not. */
export function lacksReplicas(value: number): boolean {
  return (
    value === code.requestTimedOut || value === code.notEnoughReplicas || value === code.notEnoughReplicasAfterAppend
  );
}

/** Whether we may not do what we asked for. */
export function isForbidden(value: number): boolean {
  return (
    value === code.topicAuthorizationFailed ||
    value === code.clusterAuthorizationFailed ||
    value === code.transactionalIdAuthorizationFailed
  );
}
