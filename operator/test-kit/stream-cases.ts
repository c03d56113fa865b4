/**
 * Every case of a decision on a stream. In: nothing. Out: one row each, named by the rule that it shows. Together they reach every
 * reason but three that the test reaches by hand.
 */
import { topicNames } from '@tapeline/domain';
import { finalizer } from '../src/crd/group.ts';
import { failed, type FailureCode, notLooked, seen } from '../src/decide/failure.ts';
import type { StreamConditionType } from '../src/decide/stream-reasons.ts';
import type { StreamObserved } from '../src/observe/stream-observed.ts';
import {
  deleting,
  type ObjectChanges,
  rememberingStatus,
  runningPods,
  seenTopics,
  storeOf,
  streamOf,
} from './stream-world.ts';

/** What is declared and seen, the effects that follow, the reasons that tell it, and words of some message. */
export type StreamCase = {
  readonly object?: ObjectChanges;
  readonly seen?: Partial<StreamObserved>;
  readonly effects?: readonly string[];
  readonly tells: Partial<Record<StreamConditionType, string>>;
  readonly says?: RegExp;
};

function failure(code: FailureCode): ReturnType<typeof failed> {
  return failed({ code, message: `because of ${code}` });
}
/** A simulated market. */
export const simulator: Readonly<Record<string, unknown>> = { feeds: [{ name: 'sim', type: 'simulator' }] };
const pin = { dataset: 'sim', symbol: 'AAPL', partition: 1 };
const olderObject = { name: 'older', uid: 'uid-0', creationTimestamp: '2025-01-01T00:00:00Z' };
const other = { kafka: { bootstrap: ['elsewhere:9092'] }, storeRef: { name: 'other' } };
const dropping = { spec: { deletionPolicy: 'Delete' }, metadata: deleting };

/** By what they show. */
export const streamCases: Readonly<Record<string, StreamCase>> = {
  'a stream that works needs nothing': {
    tells: {
      Ready: 'Working',
      Progressing: 'Settled',
      Degraded: 'AsExpected',
      Paused: 'NotPaused',
      OverProvisioned: 'WorkersFit',
      TopicsReady: 'TopicsFit',
      StoreReady: 'StoreReady',
      WorkersReady: 'WorkersReady',
      FeedsReady: 'NoFeeds',
      PinsHeld: 'NoPins',
      OrderProtected: 'OrderKept',
      Skewed: 'NotMeasured',
    },
  },
  'a new stream gets its topics first': {
    seen: { row: seen(undefined), topics: seen([]), workloads: [] },
    effects: ['create-topics', 'create-control'],
    tells: {
      Ready: 'TopicsChanging',
      Progressing: 'Creating',
      TopicsReady: 'TopicsChanging',
      WorkersReady: 'WaitingForTopics',
    },
  },
  'topics that are there are entered before anything else happens to them': {
    object: { spec: { partitions: 6 } },
    seen: { row: seen(undefined), workloads: [] },
    effects: ['enter-stream'],
    tells: { Progressing: 'Creating', WorkersReady: 'WaitingForTopics' },
  },
  'an entered stream gets its workers': {
    seen: { workloads: [] },
    effects: ['apply-object', 'apply-object'],
    tells: { Ready: 'WorkersStarting', Progressing: 'Changing', WorkersReady: 'WorkersStarting' },
  },
  'more partitions are added to every topic': {
    object: { spec: { partitions: 6 } },
    effects: topicNames.map(() => 'add-partitions'),
    tells: { Ready: 'TopicsChanging', Progressing: 'Changing' },
  },
  'partitions beyond the declared ones are told and stay': {
    seen: { topics: seen(seenTopics({ partitions: 8 })) },
    tells: { TopicsReady: 'TopicsFit' },
    says: /8 partitions are as declared, control too; spec.partitions says 4/,
  },
  'a setting that drifted is set back': {
    object: { spec: { topic: { config: { 'segment.bytes': '1000000' } } } },
    effects: topicNames.map(() => 'set-topic-config'),
    tells: { TopicsReady: 'TopicsChanging' },
  },
  'a setting that is null is left alone': {
    object: { spec: { topic: { retention: null, config: { 'cleanup.policy': null } } } },
    seen: {
      topics: seen(
        seenTopics().map((topic) => ({ ...topic, config: { ...topic.config, 'cleanup.policy': 'compact' } })),
      ),
    },
    tells: { TopicsReady: 'TopicsFit' },
  },
  'retention is kept where it is declared': {
    object: { spec: { topic: { retention: '2d' } } },
    effects: topicNames.map(() => 'set-topic-config'),
    tells: { TopicsReady: 'TopicsChanging' },
  },
  'other replicas are told, and moving them is a person’s': {
    object: { spec: { topic: { replicas: 2 } } },
    tells: { Degraded: 'ReplicasDiffer', Ready: 'Working' },
  },
  'a topic that is gone is never made again': {
    seen: { topics: seen(seenTopics().slice(1)) },
    tells: { Ready: 'TopicMissing', Degraded: 'TopicMissing', TopicsReady: 'TopicMissing', Progressing: 'Waiting' },
  },
  'a stream whose store was emptied still knows its topics': {
    object: { status: rememberingStatus },
    seen: { row: seen(undefined), topics: seen([]) },
    tells: { TopicsReady: 'TopicMissing' },
  },
  'a topic that was made anew is another log': {
    seen: { topics: seen(seenTopics({ id: 'another' })) },
    tells: { Ready: 'TopicReplaced', Degraded: 'TopicReplaced' },
  },
  'topics of an older stream are not touched': {
    object: { spec: { partitions: 9 } },
    seen: {
      others: [streamOf({ metadata: olderObject, spec: { topic: { name: 'us-equities' }, storeRef: { name: 'x' } } })],
    },
    tells: { Ready: 'TopicInUse', Degraded: 'TopicInUse' },
  },
  'topics of an older stream are known by their ids, too': {
    seen: { others: [streamOf({ metadata: olderObject, spec: other, status: rememberingStatus })] },
    tells: { TopicsReady: 'TopicInUse' },
  },
  'a younger stream takes nothing': {
    seen: { others: [streamOf({ metadata: { ...olderObject, creationTimestamp: '2027-01-01T00:00:00Z' } })] },
    tells: { Ready: 'Working' },
  },
  'without its secret nothing can be looked at': {
    seen: { secrets: failure('SECRET_MISSING'), topics: notLooked, lag: notLooked },
    tells: { Ready: 'SecretMissing', Degraded: 'SecretMissing', WorkersReady: 'WorkersReady' },
  },
  'who has no pods yet waits for them while its secret is missing': {
    seen: { secrets: failure('SECRET_MISSING'), topics: notLooked, lag: notLooked, workloads: [] },
    tells: { Ready: 'SecretMissing', WorkersReady: 'WaitingForTopics' },
  },
  'a Kafka that is away stops nothing that runs': {
    object: { status: rememberingStatus },
    seen: { topics: failure('UNREACHABLE'), lag: notLooked },
    tells: { Ready: 'KafkaUnreachable', Degraded: 'KafkaUnreachable', WorkersReady: 'WorkersReady' },
  },
  'workers scale while Kafka is away': {
    object: { status: rememberingStatus, spec: { workers: { replicas: 3 } } },
    seen: { topics: failure('UNREACHABLE'), row: notLooked, workloads: runningPods(streamOf()) },
    effects: ['apply-object'],
    tells: { Ready: 'KafkaUnreachable', Progressing: 'Changing', WorkersReady: 'WorkersStarting' },
  },
  'workers that are scaled from none are not ready before they are there': {
    object: { spec: { workers: { replicas: 1 } } },
    seen: { workloads: runningPods(streamOf({ spec: { workers: { replicas: 0 } } })) },
    effects: ['apply-object'],
    tells: { Ready: 'WorkersStarting', WorkersReady: 'WorkersStarting' },
  },
  'a refused login is told': {
    seen: { topics: failure('REFUSED') },
    tells: { Ready: 'KafkaRefused', Degraded: 'KafkaRefused' },
  },
  'an effect that Kafka refuses is told': {
    object: { spec: { topic: { retention: '2d' } } },
    seen: { failed: [{ of: 'topics', failure: { code: 'UNFIT', message: 'no' } }] },
    effects: topicNames.map(() => 'set-topic-config'),
    tells: { Ready: 'TopicsUnfit', Degraded: 'TopicsUnfit' },
  },
  'an error of Kafka is told and tried again': {
    seen: { topics: failure('FAILED') },
    tells: { Ready: 'KafkaFailed', Degraded: 'KafkaFailed' },
  },
  'a replaced log that an effect meets is told': {
    seen: { topics: failure('REPLACED') },
    tells: { TopicsReady: 'TopicReplaced' },
  },
  'without a store topics wait': {
    seen: { store: undefined, row: notLooked, workloads: [] },
    tells: {
      Ready: 'StoreMissing',
      Degraded: 'StoreMissing',
      StoreReady: 'StoreMissing',
      TopicsReady: 'WaitingForStore',
    },
  },
  'a store that is not ready is waited for, and nobody is alarmed twice': {
    seen: { store: { store: storeOf(), isReady: false, message: 'it migrates' }, row: notLooked, workloads: [] },
    tells: { Ready: 'StoreNotReady', Degraded: 'AsExpected', Progressing: 'Waiting' },
  },
  'the store of an older stream is not shared': {
    seen: { others: [streamOf({ metadata: olderObject, spec: { topic: { name: 'x' } } })] },
    tells: { Ready: 'StoreInUse', Degraded: 'StoreInUse', StoreReady: 'StoreInUse' },
  },
  'a keyspace that holds another stream is refused': {
    seen: { row: failure('UNFIT') },
    tells: { StoreReady: 'StoreInUse' },
  },
  'a store that does not answer is told': {
    object: { status: rememberingStatus },
    seen: { row: failure('UNREACHABLE') },
    tells: { Ready: 'StoreUnreachable', Degraded: 'StoreUnreachable', WorkersReady: 'WorkersReady' },
  },
  'pods that fail are told with what they say': {
    seen: { workloads: runningPods(streamOf(), { kind: 'failing', message: 'CrashLoopBackOff' }) },
    tells: { Ready: 'WorkersFailing', Degraded: 'WorkersFailing', WorkersReady: 'WorkersFailing' },
  },
  'pods without a node are told': {
    seen: { workloads: runningPods(streamOf(), { kind: 'unschedulable', message: 'no cpu' }) },
    tells: { Ready: 'WorkersUnschedulable', Degraded: 'WorkersUnschedulable', WorkersReady: 'WorkersUnschedulable' },
  },
  'a Deployment that is refused is told': {
    seen: { workloads: [], failed: [{ of: 'workers', failure: { code: 'UNFIT', message: 'quota' } }] },
    effects: ['apply-object', 'apply-object'],
    tells: { WorkersReady: 'WorkersFailing' },
  },
  'no workers are no bars': {
    object: { spec: { workers: { replicas: 0 } } },
    tells: { Ready: 'ScaledToZero', WorkersReady: 'ScaledToZero' },
  },
  'more workers than partitions stand by': {
    object: { spec: { workers: { replicas: 5 } } },
    tells: { OverProvisioned: 'MoreWorkersThanPartitions', Ready: 'Working' },
    says: /^4 workers make bars of 4 partitions$/m,
  },
  'partitions that were added later are none that bars are made of': {
    object: { spec: { partitions: 8 } },
    seen: { topics: seen(seenTopics({ partitions: 8 })) },
    tells: { Ready: 'Working' },
    says: /^2 workers make bars of 4 partitions$/m,
  },
  'feeds that run are ready': { object: { spec: simulator }, tells: { FeedsReady: 'FeedsReady' } },
  'feeds start once the stream is made': {
    object: { spec: simulator },
    seen: { row: seen(undefined), topics: seen([]), workloads: [] },
    effects: ['create-topics', 'create-control'],
    tells: { FeedsReady: 'WaitingForTopics' },
  },
  'feeds that are missing are made': {
    object: { spec: simulator },
    seen: { workloads: runningPods(streamOf()) },
    effects: ['apply-object'],
    tells: { FeedsReady: 'FeedsStarting', Progressing: 'Changing' },
  },
  'feeds that are declared no more are deleted': {
    seen: { workloads: runningPods(streamOf({ spec: simulator })) },
    effects: ['delete-object'],
    tells: { FeedsReady: 'NoFeeds' },
  },
  'feeds that fail are told and do not make the stream unready': {
    object: { spec: { ...simulator, workers: { replicas: 0 } } },
    seen: {
      workloads: runningPods(streamOf({ spec: { ...simulator, workers: { replicas: 0 } } }), {
        kind: 'failing',
        message: 'x',
      }),
    },
    tells: { FeedsReady: 'FeedsFailing', Degraded: 'FeedsFailing', Ready: 'ScaledToZero' },
  },
  'feeds without a node are told': {
    object: { spec: { ...simulator, workers: { replicas: 0 } } },
    seen: {
      workloads: runningPods(streamOf({ spec: { ...simulator, workers: { replicas: 0 } } }), {
        kind: 'unschedulable',
        message: 'x',
      }),
    },
    tells: { FeedsReady: 'FeedsUnschedulable', Degraded: 'FeedsUnschedulable' },
  },
  'pods come before what a server may refuse, and only a feed that begins waits for pins': {
    object: { spec: { ...simulator, pins: [pin], topic: { retention: '2d' }, workers: { replicas: 3 } } },
    seen: { workloads: runningPods(streamOf()) },
    effects: ['apply-object', ...topicNames.map(() => 'set-topic-config'), 'enter-pins', 'apply-object'],
    tells: { TopicsReady: 'TopicsChanging', PinsHeld: 'PinsWaiting' },
  },
  'effects that fail are told by the part of each': {
    object: { spec: { pins: [pin], topic: { retention: '2d' } } },
    seen: {
      failed: [
        { of: 'topics', failure: { code: 'UNFIT', message: 'no' } },
        { of: 'pins', failure: { code: 'UNREACHABLE', message: 'nobody answers' } },
      ],
    },
    effects: topicNames.map(() => 'set-topic-config'),
    tells: { TopicsReady: 'TopicsUnfit', PinsHeld: 'PinsWaiting' },
    says: /nobody answers/,
  },
  'a paused stream is only looked at': {
    object: { spec: { paused: true, partitions: 9, deletionPolicy: 'Delete' } },
    tells: { Paused: 'PausedBySpec' },
  },
  'who wants its topics deleted is held until they are': {
    object: { spec: { deletionPolicy: 'Delete' } },
    effects: ['set-finalizer'],
    tells: { Ready: 'Working' },
  },
  'who wants them kept after all is held no more': {
    object: { metadata: { finalizers: [finalizer] } },
    effects: ['set-finalizer'],
    tells: { Ready: 'Working' },
  },
  'a stream that goes ends its writers first': {
    object: dropping,
    effects: ['delete-object', 'delete-object'],
    tells: { Ready: 'Deleting', Progressing: 'Deleting' },
  },
  'then its topics': {
    object: dropping,
    seen: { workloads: [] },
    effects: ['delete-topics'],
    tells: { Ready: 'Deleting' },
  },
  'then it goes': {
    object: dropping,
    seen: { workloads: [], topics: seen([]) },
    effects: ['set-finalizer'],
    tells: { Ready: 'Deleting' },
  },
  'topics that somebody made anew stay': {
    object: dropping,
    seen: { workloads: [], topics: seen(seenTopics({ id: 'another' })) },
    effects: ['set-finalizer'],
    tells: { Ready: 'Deleting' },
  },
  'a younger stream that goes leaves the topics to the older one': {
    object: dropping,
    seen: { others: [streamOf({ metadata: olderObject, spec: other, status: rememberingStatus })] },
    effects: ['set-finalizer'],
    tells: { Ready: 'Deleting' },
  },
  'a policy that became Retain lets it go': {
    object: { metadata: deleting },
    effects: ['set-finalizer'],
    tells: { Ready: 'Deleting' },
  },
  'a Kafka that is away holds it': {
    object: dropping,
    seen: { workloads: [], topics: failure('UNREACHABLE') },
    tells: { Ready: 'Deleting', Degraded: 'DeletionBlocked', Progressing: 'Waiting' },
    says: /kubectl annotate tickstream\/us-equities tapeline.dev\/abandon=uid-1/,
  },
  'a secret that went first holds it': {
    object: dropping,
    seen: { workloads: [], secrets: failure('SECRET_MISSING') },
    tells: { Degraded: 'DeletionBlocked' },
  },
  'a refused deletion holds it': {
    object: dropping,
    seen: { workloads: [], failed: [{ of: 'topics', failure: { code: 'REFUSED', message: 'delete.topic.enable' } }] },
    tells: { Degraded: 'DeletionBlocked' },
  },
  'an abandoned one goes without': {
    object: { ...dropping, metadata: { ...deleting, annotations: { 'tapeline.dev/abandon': 'uid-1' } } },
    seen: { topics: failure('UNREACHABLE') },
    effects: ['set-finalizer'],
    tells: { Ready: 'Deleting' },
  },
  'a paused one is not deleted outside': {
    object: { metadata: deleting, spec: { deletionPolicy: 'Delete', paused: true } },
    tells: { Degraded: 'DeletionBlocked' },
  },
};
