/**
 * What becomes of the topics. In: what is declared and what was seen. Out: a finding and effects. Law 1: a topic that the stream
 * had and that is gone or another is never made again, because its workers would go on silently in an empty log.
 */
import { topicNames } from '@tapeline/domain';
import { isOlder } from '../crd/object-facts.ts';
import type { TickStream } from '../crd/tick-stream.ts';
import {
  failedOf,
  type SeenRow,
  type SeenTopic,
  type StreamObserved,
  type StreamTopic,
  streamTopics,
} from '../observe/stream-observed.ts';
import { type Finding, finding } from './condition.ts';
import type { Failure } from './failure.ts';
import type { StreamAction } from './stream-actions.ts';
import type { StreamReason } from './stream-reasons.ts';
import { wantedConfig } from './topic-settings.ts';

/** What was decided on the topics. */
export type TopicsDecision = {
  readonly finding: Finding<StreamReason<'TopicsReady'>>;
  readonly actions: readonly StreamAction[];
  /** What differs, does no harm at once and is not the operator's to change. */
  readonly drift: string | undefined;
  /** They can be seen, are this stream's, and none that it had is lost. */
  readonly isWhole: boolean;
};

/** The topics of the log, which have the stream's partitions. */
export function logTopics(topics: readonly SeenTopic[]): readonly SeenTopic[] {
  return topics.filter(({ topic }) => topic !== 'control');
}

/** The name of a topic in Kafka. */
export function topicNameOf(stream: TickStream, topic: StreamTopic): string {
  return `${stream.topic.name}.${topic}`;
}

/** The ids that the stream's topics have had since it was made, as far as anybody knows. */
export function knownIds(stream: TickStream, row: SeenRow | undefined): ReadonlyMap<StreamTopic, string> {
  return new Map(
    streamTopics.flatMap((topic) => {
      const id = row?.topicIds.get(topic) ?? stream.memory.topicIds.get(topicNameOf(stream, topic));
      return id === undefined ? [] : [[topic, id] as const];
    }),
  );
}

/** Decides on the topics of a stream that stays. */
export function decideTopics(stream: TickStream, observed: StreamObserved): TopicsDecision {
  const obstacle = obstacleTo(stream, observed);
  if (obstacle !== undefined) return { finding: obstacle, actions: [], drift: undefined, isWhole: false };
  const row = observed.row.kind === 'seen' ? observed.row.value : undefined;
  const topics = observed.topics.kind === 'seen' ? observed.topics.value : [];
  const lost = lostTopic(stream, knownIds(stream, row), topics);
  if (lost !== undefined) return { finding: lost, actions: [], drift: undefined, isWhole: false };
  const split = topics.find(({ topic, partitions }) => topic === 'control' && partitions !== 1);
  if (split !== undefined) {
    const text = `topic ${topicNameOf(stream, 'control')} has ${split.partitions} partitions, and maps need one order: delete it while no map is in it, and it is made with one, or begin another stream`;
    return { finding: finding('False', 'TopicsUnfit', text), actions: [], drift: undefined, isWhole: false };
  }
  const actions = effectsOn(stream, row, topics);
  const drift = driftOf(stream, topics);
  const failed = failedOf(observed, 'topics');
  if (failed !== undefined) return { finding: topicsFailure(failed), actions, drift, isWhole: true };
  if (actions.length > 0) {
    return { finding: finding('False', 'TopicsChanging', changingText(actions)), actions, drift, isWhole: true };
  }
  const partitions = Math.min(...logTopics(topics).map((topic) => topic.partitions));
  const more =
    partitions > stream.partitions ? `; spec.partitions says ${stream.partitions}, raise it to what there is` : '';
  const text = `${logTopics(topics).length} topics of ${partitions} partitions are as declared, control too${more}`;
  return { finding: finding('True', 'TopicsFit', text), actions, drift, isWhole: true };
}

/** Another stream that was there before and has the same topics. */
export function ownerOfTopics(stream: TickStream, observed: StreamObserved): TickStream | undefined {
  const ids = new Set(observed.topics.kind === 'seen' ? observed.topics.value.map(({ id }) => id) : []);
  return observed.others.find((other) => {
    if (!isOlder(other.object, stream.object)) return false;
    const sameName = other.topic.name === stream.topic.name;
    const sameCluster = other.kafka.bootstrap.some((address) => stream.kafka.bootstrap.includes(address));
    return (sameName && sameCluster) || [...other.memory.topicIds.values()].some((id) => ids.has(id));
  });
}

function obstacleTo(stream: TickStream, observed: StreamObserved): TopicsDecision['finding'] | undefined {
  const { secrets, store, row, topics } = observed;
  if (secrets.kind === 'failed') return topicsFailure(secrets.failure);
  const owner = ownerOfTopics(stream, observed);
  if (owner !== undefined) {
    const who = `${owner.object.namespace}/${owner.object.name}`;
    return finding(
      'False',
      'TopicInUse',
      `topics ${stream.topic.name}.* are those of TickStream ${who}, which was there first; choose another topic.name in a new TickStream, or delete one of the two`,
    );
  }
  if (topics.kind === 'failed') return topicsFailure(topics.failure);
  if (store === undefined || row.kind !== 'seen' || topics.kind !== 'seen') {
    return finding(
      'False',
      'WaitingForStore',
      'whether the stream is new stands in its store, so topics wait for that; see StoreReady',
    );
  }
  return undefined;
}

/** What a failure to see or change topics means. */
export function topicsFailure({ code, message }: Failure): Finding<StreamReason<'TopicsReady'>> {
  switch (code) {
    case 'SECRET_MISSING':
      return finding('False', 'SecretMissing', message);
    case 'UNREACHABLE':
      return finding('Unknown', 'KafkaUnreachable', message);
    case 'REFUSED':
    case 'UNKNOWN_DATACENTER':
      return finding('Unknown', 'KafkaRefused', message);
    case 'UNFIT':
      return finding('False', 'TopicsUnfit', message);
    case 'REPLACED':
      return finding('False', 'TopicReplaced', message);
    case 'FAILED':
      return finding('False', 'KafkaFailed', message);
  }
}

function lostTopic(
  stream: TickStream,
  known: ReadonlyMap<StreamTopic, string>,
  topics: readonly SeenTopic[],
): TopicsDecision['finding'] | undefined {
  const remedy = 'bring it back, or begin a new TickStream with a new TickStore; see docs/runbooks/log-replaced.md';
  for (const [topic, id] of known) {
    const found = topics.find((each) => each.topic === topic);
    const name = topicNameOf(stream, topic);
    if (found === undefined) {
      return finding(
        'False',
        'TopicMissing',
        `topic ${name} (id ${id}) was deleted and is not made again, since it was ${whatItWas(topic)}; ${remedy}`,
      );
    }
    if (found.id !== id) {
      return finding(
        'False',
        'TopicReplaced',
        `topic ${name} has id ${found.id} and was made with ${id}: somebody deleted it and made it anew; ${remedy}`,
      );
    }
  }
  return undefined;
}

function whatItWas(topic: StreamTopic): string {
  return topic === 'control' ? 'what said where instruments live' : 'the log';
}

function effectsOn(
  stream: TickStream,
  row: SeenRow | undefined,
  topics: readonly SeenTopic[],
): readonly StreamAction[] {
  const missing = missingEffects(stream, topics);
  if (missing.length > 0) return missing;
  const found = new Map(topics.map(({ topic, id }) => [topic as string, id]));
  const basePartitions =
    row?.basePartitions ??
    stream.memory.basePartitions ??
    Math.min(...logTopics(topics).map((each) => each.partitions));
  const isEntered = row !== undefined && streamTopics.every((topic) => row.topicIds.has(topic));
  const entering: StreamAction = {
    effect: { kind: 'enter-stream', row: { basePartitions, topicIds: found } },
    of: 'store',
    tells: {
      reason: 'StreamEntered',
      note: `entered stream ${stream.topic.name} with ${basePartitions} base partitions`,
    },
  };
  // Entered before anything grows: the base is what there was at first.
  if (!isEntered) return [entering];
  return [
    ...topics.flatMap((topic) => configEffect(stream, topic)),
    ...logTopics(topics).flatMap((topic) => growEffect(stream, topic)),
  ];
}

/** A stream that was made before there were maps gets `control` like a new one: what it never had is not lost. */
function missingEffects(stream: TickStream, topics: readonly SeenTopic[]): readonly StreamAction[] {
  const { name } = stream.topic;
  const note = `made topics ${name}.{${topicNames.join(',')}} of ${stream.partitions} partitions`;
  const ofLog: StreamAction[] =
    logTopics(topics).length < topicNames.length
      ? [{ effect: { kind: 'create-topics' }, of: 'topics', tells: { reason: 'TopicsCreated', note } }]
      : [];
  const control: StreamAction[] = topics.some(({ topic }) => topic === 'control')
    ? []
    : [
        {
          effect: { kind: 'create-control' },
          of: 'topics',
          tells: { reason: 'TopicsCreated', note: `made topic ${name}.control, which says where instruments live` },
        },
      ];
  return [...ofLog, ...control];
}

function configEffect(stream: TickStream, topic: SeenTopic): readonly StreamAction[] {
  const wanted = wantedConfig(stream, topic);
  const changes = Object.entries(wanted).filter(([key, value]) => topic.config[key] !== value);
  if (changes.length === 0) return [];
  const name = topicNameOf(stream, topic.topic);
  const text = changes.map(([key, value]) => `${key}: ${topic.config[key] ?? 'unset'} -> ${value}`).join(', ');
  const effect = { kind: 'set-topic-config', topic: name, config: Object.fromEntries(changes) } as const;
  return [{ effect, of: 'topics', tells: { reason: 'TopicConfigured', note: `set ${text} on topic ${name}` } }];
}

function growEffect(stream: TickStream, { topic, partitions }: SeenTopic): readonly StreamAction[] {
  if (partitions >= stream.partitions) return [];
  const name = topicNameOf(stream, topic);
  const note = `topic ${name} grows from ${partitions} to ${stream.partitions} partitions; instruments move there by and by`;
  const effect = { kind: 'add-partitions', topic: name, count: stream.partitions } as const;
  return [{ effect, of: 'topics', tells: { reason: 'PartitionsAdded', note } }];
}

function driftOf(stream: TickStream, topics: readonly SeenTopic[]): string | undefined {
  const { replicas } = stream.topic;
  const other = topics.find((topic) => replicas !== undefined && topic.replicas !== replicas);
  if (other === undefined) return undefined;
  return `topic ${topicNameOf(stream, other.topic)} has ${other.replicas} replicas, declared are ${replicas}; move replicas with kafka-reassign-partitions.sh, or declare what there is`;
}

function changingText(actions: readonly StreamAction[]): string {
  return `under way: ${actions.map(({ effect }) => effect.kind.replaceAll('-', ' ')).join(', ')}`;
}
