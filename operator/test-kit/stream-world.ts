/**
 * A stream and its surroundings for tests. In: what differs from a stream that works. Out: objects as the API holds them and what
 * an observer would see.
 */
import { Placement } from '@tapeline/domain';
import type { KubeObject, ObjectMeta } from '@tapeline/kubernetes';
import { finalizer } from '../src/crd/group.ts';
import { readTickStore, type TickStore } from '../src/crd/tick-store.ts';
import { readTickStream, type TickStream } from '../src/crd/tick-stream.ts';
import { seen } from '../src/decide/failure.ts';
import type { SeenPlacement } from '../src/observe/seen-placement.ts';
import {
  type SeenTopic,
  type SeenWorkload,
  type StreamObserved,
  streamTopics,
} from '../src/observe/stream-observed.ts';
import type { PodSettings } from '../src/workloads/deployment.ts';
import { streamWorkloads } from '../src/workloads/stream-workloads.ts';

/** Partitions of the stream that works. */
export const partitions = 4;

/** What the operator was started with. */
export const settings: PodSettings = {
  image: 'tapeline:test',
  imagePullPolicy: undefined,
  imagePullSecrets: [],
  serviceAccount: undefined,
  ingest: ['ingest:50051'],
};

/** What differs of an object. */
export type ObjectChanges = {
  readonly metadata?: Partial<ObjectMeta>;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
};

/** A TickStream as the API holds it. */
export function streamObject({ metadata = {}, spec = {}, status }: ObjectChanges = {}): KubeObject {
  return {
    apiVersion: 'tapeline.dev/v1alpha1',
    kind: 'TickStream',
    metadata: {
      name: 'us-equities',
      namespace: 'market',
      uid: 'uid-1',
      generation: 3,
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...metadata,
    },
    spec: {
      kafka: { bootstrap: ['kafka:9092'] },
      partitions,
      storeRef: { name: 'bars' },
      workers: { replicas: 2 },
      ...spec,
    },
    ...(status === undefined ? {} : { status }),
  };
}

/** It, read. */
export function streamOf(changes: ObjectChanges = {}): TickStream {
  return readTickStream(streamObject(changes));
}

/** A status that remembers the topics of `seenTopics`. */
export const rememberingStatus: Readonly<Record<string, unknown>> = {
  partitions,
  basePartitions: partitions,
  topics: streamTopics.map((topic) => ({ name: `us-equities.${topic}`, id: `id-${topic}` })),
};

/** On its way out with topics that go with it. */
export const deleting: Partial<ObjectMeta> = { deletionTimestamp: '2026-02-01T00:00:00Z', finalizers: [finalizer] };

/** Its store as the API holds it. */
export function storeObject({ spec = {}, metadata = {}, status }: ObjectChanges = {}): KubeObject {
  return {
    apiVersion: 'tapeline.dev/v1alpha1',
    kind: 'TickStore',
    metadata: {
      name: 'bars',
      namespace: 'market',
      uid: 'uid-store',
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...metadata,
    },
    spec: {
      cassandra: { contactPoints: ['cassandra:9042'], datacenter: 'dc1' },
      keyspace: 'tapeline',
      replication: { dc1: 3 },
      ...spec,
    },
    ...(status === undefined ? {} : { status }),
  };
}

/** It, read. */
export function storeOf(changes: ObjectChanges = {}): TickStore {
  return readTickStore(storeObject(changes));
}

/** Settings that the log makes its topics with. */
export const topicSettings = {
  'cleanup.policy': 'delete',
  'message.timestamp.type': 'LogAppendTime',
  'max.message.bytes': '9437184',
  'unclean.leader.election.enable': 'false',
  'retention.ms': '604800000',
} as const;

/** Settings that `control` is made with. */
export const controlSettings = {
  'cleanup.policy': 'compact',
  'min.compaction.lag.ms': '3600000',
  'max.message.bytes': '1048576',
  'message.timestamp.type': 'LogAppendTime',
  'unclean.leader.election.enable': 'false',
} as const;

/** The topics that are as declared; `control` has one partition whatever the others have. */
export function seenTopics(changes: Partial<SeenTopic> = {}): readonly SeenTopic[] {
  return streamTopics.map((topic) => ({
    topic,
    id: `id-${topic}`,
    replicas: 3,
    config: { ...(topic === 'control' ? controlSettings : topicSettings), 'min.insync.replicas': '2' },
    ...changes,
    // Whatever the others have.
    partitions: topic === 'control' ? 1 : (changes.partitions ?? partitions),
  }));
}

/** A placement in which everything is where it was first, evenly, and every partition reports. */
export function placementOf(changes: Partial<SeenPlacement> = {}): SeenPlacement {
  return {
    placement: Placement.atHome(partitions),
    moves: [],
    plan: undefined,
    isMeasured: changes.plan !== undefined,
    busiest: [],
    order: { declaredGaps: 0, violations: 0, reporting: partitions },
    ...changes,
  };
}

/** Its objects, as they run: every pod ready. */
export function runningPods(stream: TickStream, problem?: SeenWorkload['problem']): readonly SeenWorkload[] {
  const { objects } = streamWorkloads({ stream, store: storeOf(), secrets: 'digest', settings });
  return objects.map((object) => {
    const replicas = (object['spec'] as { replicas?: number }).replicas ?? 0;
    const ready = problem === undefined ? replicas : 0;
    const status = { observedGeneration: 1, replicas, readyReplicas: ready, updatedReplicas: replicas };
    const metadata = { ...object.metadata, uid: `uid-${object.metadata.name}`, generation: 1 };
    const isDeployment = object.kind === 'Deployment';
    return {
      object: { ...object, metadata, status },
      problem: isDeployment ? problem : undefined,
      templates: isDeployment && replicas > 0 ? 1 : 0,
    };
  });
}

/** What is seen of a stream that works. */
export function working(stream: TickStream, changes: Partial<StreamObserved> = {}): StreamObserved {
  return {
    others: [],
    store: { store: storeOf(), isReady: true, message: '' },
    secrets: seen('digest'),
    row: seen({ basePartitions: partitions, topicIds: new Map(streamTopics.map((topic) => [topic, `id-${topic}`])) }),
    topics: seen(seenTopics()),
    lag: seen(new Map([[0, 3]])),
    pins: seen({ held: [], late: [] }),
    placement: seen(placementOf()),
    workloads: runningPods(stream),
    failed: [],
    ...changes,
  };
}
