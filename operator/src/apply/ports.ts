/**
 * What the operator needs of Kafka and Cassandra, as seams: reconcilers stand on them, and a test puts worlds of its own there. In:
 * nothing. Out: types. Every call rejects with the errors of the adapters, has a time limit of its own, and may be made again.
 */
import type { KubeObject } from '@tapeline/kubernetes';
import type { CassandraSpec, Compaction } from '../crd/tick-store.ts';
import type { KafkaSpec, Pin } from '../crd/tick-stream.ts';
import type { CoordinatorPlan } from '../decide/coordinator-wish.ts';
import type { Looked } from '../decide/failure.ts';
import type { SecretBook } from '../observe/read-secrets.ts';
import type { SeenPlacement } from '../observe/seen-placement.ts';
import type { SeenCluster } from '../observe/store-observed.ts';
import type { SeenPins, SeenRow, SeenTopic } from '../observe/stream-observed.ts';
import type { Term } from '../runtime/leader-election.ts';

/** How new topics are made. */
export type NewTopics = {
  readonly partitions: number;
  /** Undefined = 3. */
  readonly replicas: number | undefined;
  readonly minInsyncReplicas: number | undefined;
  /** ms; null leaves it to the cluster. */
  readonly retentionMs: number | null | undefined;
  readonly config: Readonly<Record<string, string | null>>;
};

/** How `control` is made. */
export type NewControl = Pick<NewTopics, 'replicas' | 'minInsyncReplicas'>;

/** One Kafka cluster. */
export type KafkaPort = {
  /** Those that are there, `control` with them. */
  topics(stream: string): Promise<readonly SeenTopic[]>;
  /** Records that wait, by partition. */
  lag(stream: string): Promise<ReadonlyMap<number, number>>;
  createTopics(stream: string, wanted: NewTopics): Promise<void>;
  createControl(stream: string, wanted: NewControl): Promise<void>;
  setTopicConfig(topic: string, config: Readonly<Record<string, string>>): Promise<void>;
  addPartitions(topic: string, count: number): Promise<void>;
  deleteTopics(topics: readonly string[]): Promise<void>;
};

/** One keyspace. */
export type KeyspacePort = {
  observe(): Promise<SeenCluster>;
  createKeyspace(replication: Readonly<Record<string, number>>): Promise<void>;
  setReplication(replication: Readonly<Record<string, number>>): Promise<void>;
  migrate(): Promise<void>;
  setTable(name: string, change: { readonly ttlSec?: number; readonly compaction?: Compaction }): Promise<void>;
  dropKeyspace(): Promise<void>;
  findStream(stream: string): Promise<SeenRow | undefined>;
  enterStream(stream: string, row: SeenRow): Promise<void>;
  findPins(stream: string, wanted: readonly Pin[]): Promise<SeenPins>;
  /** Each is held or late afterwards. */
  enterPins(stream: string, pins: readonly Pin[]): Promise<SeenPins>;
};

/** What the coordinator of a stream works with. */
export type CoordinatorOrder = {
  /** The stream's object as it was read, for events: another uid is another coordinator. */
  readonly object: KubeObject;
  readonly term: Term;
  readonly kafka: KafkaSpec;
  readonly cassandra: CassandraSpec;
  readonly keyspace: string;
  readonly secrets: SecretBook;
  readonly plan: CoordinatorPlan;
};

/** The coordinators of this process, by the keys of their streams. None outlives the term that it was begun in. */
export type Coordinators = {
  /** What it knows; not looked while none runs. Asks nobody. */
  look(key: string): Looked<SeenPlacement>;
  /** Sees to it that it runs and goes by this order; begins it anew where another server, object or term is meant. */
  run(key: string, order: CoordinatorOrder): void;
  /** Ends it, if there is one. */
  stop(key: string): void;
  /** Ends all of them, and waits for that. */
  close(): Promise<void>;
};

/** Servers by what a kind declares of them. */
export type Servers = {
  /** Runs `work` on the cluster; its connections are kept for the next who asks. */
  withKafka<Result>(spec: KafkaSpec, secrets: SecretBook, work: (kafka: KafkaPort) => Promise<Result>): Promise<Result>;
  withKeyspace<Result>(
    spec: CassandraSpec,
    keyspace: string,
    secrets: SecretBook,
    work: (keyspace: KeyspacePort) => Promise<Result>,
  ): Promise<Result>;
  /** Ends every connection. */
  close(): Promise<void>;
};
