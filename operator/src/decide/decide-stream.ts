/**
 * Decides on a stream. In: what is declared, what was seen, how pods are made. Out: effects in their order, the status, and when to
 * look again. Pure: after a crash between any two effects the next round sees what was done and decides the rest.
 */
import type { TickStream } from '../crd/tick-stream.ts';
import { type StreamObserved, type StreamTopic, streamTopics } from '../observe/stream-observed.ts';
import type { PodSettings } from '../workloads/deployment.ts';
import { type StreamWorkloads, streamWorkloads, workerSelectorText } from '../workloads/stream-workloads.ts';
import { type CoordinatorWish, decideCoordinator } from './coordinator-wish.ts';
import { conditionOf, type DecidedStatus, type Finding, finding } from './condition.ts';
import { type ToldLag, toldLag } from './lag-told.ts';
import { changeProgress, deletionProgress, firstOpen, firstProblem } from './roll-up.ts';
import type { StreamAction } from './stream-actions.ts';
import { decideStreamDeletion } from './stream-deletion.ts';
import { decidePins, type PinsDecision } from './stream-pins.ts';
import { decidePlacement, type PlacementDecision } from './stream-placement.ts';
import { decidePods, movesHeldBack, type PodsDecision } from './stream-pods.ts';
import { type StreamConditionType, type StreamReason, streamReasons } from './stream-reasons.ts';
import { decideStoreOfStream } from './stream-store.ts';
import { decideTopics, logTopics, topicNameOf } from './stream-topics.ts';

/** A status of a stream. */
export type StreamStatus = DecidedStatus<StreamConditionType, StreamReason>;

/** What was decided. */
export type StreamDecision = {
  readonly actions: readonly StreamAction[];
  /** Undefined for an object that is as good as gone. */
  readonly status: StreamStatus | undefined;
  /** `soon` while something outside is waited for, `later` when all is settled. */
  readonly look: 'soon' | 'later';
  readonly coordinator: CoordinatorWish;
};

type Parts = {
  readonly topics: ReturnType<typeof decideTopics>;
  readonly store: Finding<StreamReason<'StoreReady'>>;
  readonly pods: PodsDecision;
  readonly pins: PinsDecision;
  readonly coordinator: CoordinatorWish;
  readonly placement: PlacementDecision;
  readonly actions: readonly StreamAction[];
};

/** Decides on a stream. */
export function decideStream(stream: TickStream, observed: StreamObserved, settings: PodSettings): StreamDecision {
  const { isDeleting, hasFinalizer } = stream.object;
  if (isDeleting && !hasFinalizer)
    return { actions: [], status: undefined, look: 'later', coordinator: { kind: 'stop' } };
  const parts = decideParts(stream, observed, settings);
  const { coordinator } = parts;
  if (isDeleting) {
    const { actions, blockedBy } = decideStreamDeletion(stream, observed);
    return { actions, status: statusOf(stream, observed, parts, { blockedBy }), look: 'soon', coordinator };
  }
  const actions = stream.isPaused ? [] : [...finalizerAction(stream), ...parts.actions];
  const status = statusOf(stream, observed, { ...parts, actions });
  const isReady = status.conditions.some(({ type, status: truth }) => type === 'Ready' && truth === 'True');
  return { actions, status, look: isReady ? 'later' : 'soon', coordinator };
}

/** Only what deletes something outside waits for us when it goes, so that nothing hangs when the operator is gone first. */
function finalizerAction({ deletionPolicy, object }: TickStream): readonly StreamAction[] {
  const isWanted = deletionPolicy === 'Delete';
  return isWanted === object.hasFinalizer ? [] : [{ effect: { kind: 'set-finalizer', isWanted }, of: 'object' }];
}

function decideParts(stream: TickStream, observed: StreamObserved, settings: PodSettings): Parts {
  const store = decideStoreOfStream(stream, observed);
  const topics = decideTopics(stream, observed);
  const wanted = wantedWorkloads(stream, observed, settings);
  const pods = decidePods(stream, observed, wanted);
  const isMade = basePartitionsOf(stream, observed) !== undefined;
  const heldBack = movesHeldBack(stream, pods.standing);
  const { isWhole } = topics;
  const pins = decidePins(stream, observed, { isWhole, heldBack });
  const coordinator = decideCoordinator(stream, observed, { topics: topics.finding, isWhole, store, heldBack });
  const placement = decidePlacement(stream, observed, { heldBack, runs: coordinator.kind === 'run' });
  const canTouch = store.status === 'True' || store.reason === 'StoreNotReady';
  const outside = canTouch ? [...topics.actions, ...(isMade ? pins.actions : [])] : [];
  // Pods wait for no server, so they come before what a server may refuse or be slow to do.
  const [first, last] = [
    pods.actions.filter(({ after }) => after === undefined),
    pods.actions.filter(({ after }) => after),
  ];
  return { store, topics, pods, pins, coordinator, placement, actions: [...first, ...outside, ...last] };
}

/** Pods follow what is declared once the stream was made, whether or not Kafka and Cassandra answer now. */
function wantedWorkloads(
  stream: TickStream,
  observed: StreamObserved,
  settings: PodSettings,
): StreamWorkloads | undefined {
  const { store, secrets } = observed;
  const isEntered = observed.row.kind === 'seen' && observed.row.value !== undefined;
  const isMade = isEntered || stream.memory.basePartitions !== undefined;
  if (!isMade || store === undefined || secrets.kind !== 'seen') return undefined;
  return streamWorkloads({ stream, store: store.store, secrets: secrets.value, settings });
}

function basePartitionsOf(stream: TickStream, { row }: StreamObserved): number | undefined {
  return (row.kind === 'seen' ? row.value?.basePartitions : undefined) ?? stream.memory.basePartitions;
}

/** Partitions that instruments live in: those that a map names, else those of the beginning. */
function placedPartitionsOf(stream: TickStream, { placement }: StreamObserved, basePartitions: number): number {
  const known = stream.memory.placement.placedPartitions ?? basePartitions;
  return placement.kind === 'seen' ? placement.value.placement.partitions : Math.max(known, basePartitions);
}

function statusOf(
  stream: TickStream,
  observed: StreamObserved,
  parts: Parts,
  deleting?: { readonly blockedBy: string | undefined },
): StreamStatus {
  const { pods, pins, placement } = parts;
  const basePartitions = basePartitionsOf(stream, observed);
  const placed = basePartitions === undefined ? undefined : placedPartitionsOf(stream, observed, basePartitions);
  const topics = observed.topics.kind === 'seen' ? observed.topics.value : undefined;
  const lag = lagOf(stream, observed);
  const topicId =
    topics?.find(({ topic }) => topic === 'ticks')?.id ?? stream.memory.topicIds.get(topicNameOf(stream, 'ticks'));
  return {
    observedGeneration: stream.object.generation,
    conditions: conditionsOf(stream, parts, placed, deleting),
    ...(topics === undefined || logTopics(topics).length < streamTopics.length - 1
      ? remembered(stream)
      : {
          partitions: Math.min(...logTopics(topics).map(({ partitions }) => partitions)),
          topics: topics.map(({ topic, id, partitions, replicas }) => ({
            name: topicNameOf(stream, topic),
            id: knownIdOr(stream, observed, topic) ?? id,
            partitions,
            replicas,
          })),
        }),
    ...(basePartitions === undefined ? {} : { basePartitions }),
    ...(topicId === undefined ? {} : { topicId }),
    ...placement.fields,
    ...(lag === undefined ? {} : { maxLag: lag.records }),
    ...(lag?.partition === undefined ? {} : { laggingPartition: lag.partition }),
    workers: {
      name: `${stream.object.name}-worker`,
      replicas: pods.standing.replicas,
      ready: pods.standing.ready,
      selector: workerSelectorText(stream),
    },
    // The API drops a list that an apply empties, so an empty one would differ from what was written, and be written again.
    ...(pods.feedStandings.length === 0
      ? {}
      : { feeds: pods.feedStandings.map(({ name, replicas, ready }) => ({ name, replicas, ready })) }),
    pins: pins.held,
  };
}

/** The id that a topic was made with: one that took its place is told by a condition, not by forgetting the first. */
function knownIdOr(stream: TickStream, { row }: StreamObserved, topic: StreamTopic): string | undefined {
  const entered = row.kind === 'seen' ? row.value?.topicIds.get(topic) : undefined;
  return entered ?? stream.memory.topicIds.get(topicNameOf(stream, topic));
}

/** What earlier looks found stays while nothing can be seen. */
function remembered({ memory }: TickStream): Readonly<Record<string, unknown>> {
  const topics = [...memory.topicIds].map(([name, id]) => ({ name, id }));
  return {
    ...(memory.partitions === undefined ? {} : { partitions: memory.partitions }),
    ...(topics.length === 0 ? {} : { topics }),
  };
}

function lagOf({ memory }: TickStream, { lag }: StreamObserved): ToldLag | undefined {
  const before =
    memory.maxLag === undefined ? undefined : { records: memory.maxLag, partition: memory.laggingPartition };
  return lag.kind === 'seen' ? toldLag(before, lag.value) : before;
}

function conditionsOf(
  stream: TickStream,
  parts: Parts,
  placed: number | undefined,
  deleting: { readonly blockedBy: string | undefined } | undefined,
): StreamStatus['conditions'] {
  const { store, topics, pods, pins, placement } = parts;
  const { replicas } = stream.workers;
  const isOver = placed !== undefined && replicas > placed;
  const spare = isOver
    ? `${replicas - placed} of ${replicas} workers stand by, as instruments live in ${placed} partitions; scale to ${placed}, or declare more partitions`
    : '';
  const paused = stream.isPaused
    ? finding('True', 'PausedBySpec' as const, 'nothing is changed while spec.paused is true')
    : finding('False', 'NotPaused' as const, 'what is declared is made so');
  const over = isOver
    ? finding('True', 'MoreWorkersThanPartitions' as const, spare)
    : finding('False', 'WorkersFit' as const, 'every worker can have a partition');
  return [
    conditionOf('Ready', readyOf(stream, parts, placed, deleting !== undefined)),
    conditionOf('Progressing', progressOf(parts, placed === undefined, deleting)),
    conditionOf('Degraded', degradedOf(parts, deleting?.blockedBy)),
    conditionOf('Paused', paused),
    conditionOf('OverProvisioned', over),
    conditionOf('TopicsReady', topics.finding),
    conditionOf('StoreReady', store),
    conditionOf('WorkersReady', pods.workers),
    conditionOf('FeedsReady', pods.feeds),
    conditionOf('PinsHeld', pins.finding),
    conditionOf('OrderProtected', placement.order),
    conditionOf('Skewed', placement.skew),
  ];
}

function readyOf(
  stream: TickStream,
  { store, topics, pods }: Parts,
  placed: number | undefined,
  isDeleting: boolean,
): Finding<StreamReason<'Ready'>> {
  if (isDeleting) return finding('False', 'Deleting', 'its deletion was asked for');
  const open = firstOpen<StreamReason>([...waitOrder(store, topics.finding), pods.workers]);
  const reason = streamReasons.Ready.find((each) => each === open?.reason);
  if (open !== undefined && reason !== undefined) return { ...open, status: 'False', reason };
  // Workers beyond the partitions that instruments live in stand by.
  const partitions = placed ?? stream.partitions;
  const working = Math.min(stream.workers.replicas, partitions);
  return finding('True', 'Working', `${working} workers make bars of ${partitions} partitions`);
}

/** Topics that only wait for the store are not why nothing works. */
function waitOrder(store: Parts['store'], topics: Parts['topics']['finding']): readonly Finding<StreamReason>[] {
  return topics.reason === 'WaitingForStore' ? [store, topics] : [topics, store];
}

function progressOf(
  { actions, pods, topics }: Parts,
  isNew: boolean,
  deleting: { readonly blockedBy: string | undefined } | undefined,
): Finding<StreamReason<'Progressing'>> {
  if (deleting !== undefined) return deletionProgress(deleting.blockedBy);
  if (actions.length > 0) return changeProgress(actions, isNew);
  if (pods.workers.reason === 'WorkersStarting') return finding('True', 'RollingOut', pods.workers.message);
  if (pods.feeds.reason === 'FeedsStarting') return finding('True', 'RollingOut', pods.feeds.message);
  if (topics.finding.status === 'True') return finding('False', 'Settled', 'nothing is under way');
  return finding('False', 'Waiting', topics.finding.message);
}

function degradedOf(
  { store, topics, pods, pins, placement }: Parts,
  blockedBy: string | undefined,
): Finding<StreamReason<'Degraded'>> {
  if (blockedBy !== undefined) return finding('True', 'DeletionBlocked', blockedBy);
  const problems = [...waitOrder(store, topics.finding), pods.workers, pods.feeds, pins.finding, placement.order];
  const problem = firstProblem(problems, streamReasons.Degraded);
  if (problem !== undefined) return { ...problem, status: 'True' };
  if (topics.drift !== undefined) return finding('True', 'ReplicasDiffer', topics.drift);
  return finding('False', 'AsExpected', 'nothing needs a person');
}
