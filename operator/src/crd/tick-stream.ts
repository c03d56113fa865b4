/**
 * A TickStream as the operator works with it. In: the object. Out: what it declares, what its status remembers, or a
 * `SpecError`. Defaults that depend on the object itself are filled in here, all others by the API server.
 */
import type { KubeObject } from '@tapeline/kubernetes';
import { type FeedSpec, readFeed } from './feed-spec.ts';
import { Fields } from './fields.ts';
import { type ObjectFacts, objectFactsOf } from './object-facts.ts';
import { type PlacementMemory, readPlacementMemory } from './placement-memory.ts';
import { type PlacementSpec, readPlacement } from './placement-spec.ts';
import { type PodsSpec, readPods } from './pods-spec.ts';
import { type LoginSpec, readLogin, readTls, type TlsSpec } from './server-spec.ts';

/** The Kafka cluster. */
export type KafkaSpec = {
  readonly bootstrap: readonly string[];
  readonly tls?: TlsSpec;
  readonly sasl?: LoginSpec & { readonly mechanism: SaslMechanism };
};

/** How to log in to Kafka. */
export type SaslMechanism = 'plain' | 'scram-sha-256' | 'scram-sha-512';

/** The topics. */
export type TopicSpec = {
  /** Before the point of each topic's name. */
  readonly name: string;
  readonly replicas?: number;
  readonly minInsyncReplicas?: number;
  /** ms; null = hands off. */
  readonly retentionMs?: number | null;
  /** null = hands off. */
  readonly config: Readonly<Record<string, string | null>>;
};

/** An instrument's partition. */
export type Pin = { readonly dataset: string; readonly symbol: string; readonly partition: number };

/** What the status says of earlier looks, as far as decisions need it. */
export type StreamMemory = {
  /** Ids of topics by their names in Kafka. */
  readonly topicIds: ReadonlyMap<string, string>;
  readonly partitions: number | undefined;
  readonly basePartitions: number | undefined;
  readonly maxLag: number | undefined;
  readonly laggingPartition: number | undefined;
  readonly placement: PlacementMemory;
};

/** Whether what is outside goes with the object. */
export type DeletionPolicy = 'Retain' | 'Delete';

/** A stream. */
export type TickStream = {
  readonly object: ObjectFacts;
  readonly kafka: KafkaSpec;
  readonly topic: TopicSpec;
  readonly partitions: number;
  readonly pins: readonly Pin[];
  readonly placement: PlacementSpec;
  readonly storeName: string;
  readonly intervals: readonly string[] | undefined;
  readonly profiles: readonly string[] | undefined;
  /** As text, such as 2s. */
  readonly lateness: string | undefined;
  readonly ingest: readonly string[] | undefined;
  readonly workers: PodsSpec & { readonly replicas: number };
  readonly feeds: readonly FeedSpec[];
  readonly isPaused: boolean;
  readonly deletionPolicy: DeletionPolicy;
  readonly memory: StreamMemory;
};

const mechanisms: readonly SaslMechanism[] = ['plain', 'scram-sha-256', 'scram-sha-512'];

/** Reads a stream. Throws `SpecError`. */
export function readTickStream(object: KubeObject): TickStream {
  const spec = new Fields(object['spec'], 'spec');
  const workers = spec.maybeObject('workers') ?? new Fields({}, 'spec.workers');
  return {
    object: objectFactsOf(object),
    kafka: readKafka(spec.object('kafka')),
    topic: readTopic(spec.maybeObject('topic') ?? new Fields({}, 'spec.topic'), object.metadata.name),
    partitions: spec.integer('partitions'),
    pins: spec.objects('pins').map(readPin),
    placement: readPlacement(spec.maybeObject('placement') ?? new Fields({}, 'spec.placement')),
    storeName: spec.object('storeRef').text('name'),
    intervals: spec.maybeTexts('intervals'),
    profiles: spec.maybeTexts('profiles'),
    lateness: spec.maybeText('lateness'),
    ingest: spec.maybeTexts('ingest'),
    workers: { replicas: workers.maybeInteger('replicas') ?? 1, ...readPods(workers) },
    feeds: spec.objects('feeds').map(readFeed),
    isPaused: spec.flag('paused'),
    deletionPolicy: readDeletionPolicy(spec),
    memory: readMemory(object['status']),
  };
}

/** Reads the policy of either kind. */
export function readDeletionPolicy(spec: Fields): DeletionPolicy {
  return spec.choice('deletionPolicy', ['Retain', 'Delete'], 'Retain');
}

function readKafka(fields: Fields): KafkaSpec {
  const [tls, sasl] = [fields.maybeObject('tls'), fields.maybeObject('sasl')];
  return {
    bootstrap: fields.texts('bootstrap'),
    ...(tls === undefined ? {} : { tls: readTls(tls) }),
    ...(sasl === undefined ? {} : { sasl: { mechanism: sasl.choice('mechanism', mechanisms), ...readLogin(sasl) } }),
  };
}

function readTopic(fields: Fields, fallback: string): TopicSpec {
  const [replicas, minInsyncReplicas] = [fields.maybeInteger('replicas'), fields.maybeInteger('minInsyncReplicas')];
  const retentionMs = fields.raw('retention') === null ? null : fields.maybeDurationMs('retention');
  return {
    name: fields.maybeText('name') ?? fallback,
    ...(replicas === undefined ? {} : { replicas }),
    ...(minInsyncReplicas === undefined ? {} : { minInsyncReplicas }),
    ...(retentionMs === undefined ? {} : { retentionMs }),
    config: fields.map('config', (config, key) => config.maybeText(key) ?? null),
  };
}

function readPin(fields: Fields): Pin {
  return { dataset: fields.text('dataset'), symbol: fields.text('symbol'), partition: fields.integer('partition') };
}

/** A status is the operator's own, and an older one may lack anything. */
function readMemory(value: unknown): StreamMemory {
  const status = new Fields(value ?? {}, 'status');
  const ids = status.objects('topics').map((topic) => [topic.text('name'), topic.maybeText('id')] as const);
  return {
    topicIds: new Map(ids.filter((entry): entry is [string, string] => entry[1] !== undefined)),
    partitions: status.maybeInteger('partitions'),
    basePartitions: status.maybeInteger('basePartitions'),
    laggingPartition: status.maybeInteger('laggingPartition'),
    maxLag: status.maybeInteger('maxLag'),
    placement: readPlacementMemory(status),
  };
}
