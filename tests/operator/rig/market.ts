/**
 * Streams and stores as a person declares them, on real servers. In: what differs. Out: objects in the API, waits for what the
 * operator tells of them, and an end that takes away every topic and keyspace that was made.
 */
import { randomBytes } from 'node:crypto';
import { type KafkaAdmin, kafkaAdmin, type StreamTopicName, streamTopicNames } from '@tapeline/kafka';
import type { KubeApi, KubeObject, ObjectKey, ResourceType } from '@tapeline/kubernetes';
import { tickStoreType, tickStreamType } from '@tapeline/operator';
import { CqlShell } from '../../../packages/adapters/cassandra/test-kit/cql-shell.ts';
import { until } from '../../faults/rig/until.ts';
import { namespace } from './operator-cluster.ts';
import { reasonsOf } from './told-reasons.ts';

/** Fields of a spec. */
export type Spec = Readonly<Record<string, unknown>>;

/** A Kafka and a Cassandra. */
export type MarketServers = {
  readonly brokers: readonly string[];
  readonly contactPoints: readonly string[];
  readonly datacenter: string;
};

const group = 'tapeline.dev/v1alpha1';
const fieldManager = 'somebody';

/** A market of its own among those of other tests. */
export class Market {
  /** Before every name of a topic or keyspace. */
  readonly prefix: string = `op${randomBytes(4).toString('hex')}`;
  readonly admin: KafkaAdmin;
  readonly cql: CqlShell;
  readonly #api: KubeApi;
  readonly #servers: MarketServers;
  readonly #streams = new Set<string>();
  readonly #keyspaces = new Set<string>();

  constructor(api: KubeApi, servers: MarketServers) {
    const { brokers, contactPoints, datacenter } = servers;
    this.#api = api;
    this.#servers = servers;
    this.admin = kafkaAdmin({ connection: { brokers, clientId: 'test' } });
    this.cql = new CqlShell({ contactPoints, localDataCenter: datacenter });
  }

  /** The keyspace of a store, and of a stream what its topics begin with. */
  nameOf(object: string): string {
    return `${this.prefix}_${object.replaceAll('-', '_')}`;
  }

  /** The topic of a stream. */
  topicOf(stream: string, topic: StreamTopicName): string {
    return `${this.nameOf(stream)}.${topic}`;
  }

  /** A TickStore with one copy. */
  store(name: string, spec: Spec = {}): KubeObject {
    const { contactPoints, datacenter } = this.#servers;
    this.#keyspaces.add(this.nameOf(name));
    const wanted = { keyspace: this.nameOf(name), replication: { [datacenter]: 1 } };
    return objectOf('TickStore', name, { cassandra: { contactPoints, datacenter }, ...wanted, ...spec });
  }

  /** A TickStream of one partition and one worker on the store of its name. */
  stream(name: string, spec: Spec = {}, topic: Spec = {}): KubeObject {
    const { brokers } = this.#servers;
    this.#streams.add(this.nameOf(name));
    return objectOf('TickStream', name, {
      kafka: { bootstrap: brokers },
      partitions: 1,
      storeRef: { name },
      workers: { replicas: 1 },
      ...spec,
      topic: { name: this.nameOf(name), replicas: 1, ...topic },
    });
  }

  /** Applies it as a person does who owns all of it. */
  async put(object: KubeObject): Promise<void> {
    await this.#api.apply(typeOf(object), object, { fieldManager, force: true });
  }

  /** Merges a change into an object. */
  async change(type: ResourceType, name: string, patch: Spec): Promise<void> {
    await this.#api.patch(type, keyOfName(name), patch);
  }

  /** Has the operator look at it now, as any edit does. */
  async poke(type: ResourceType, name: string): Promise<void> {
    const annotations = { 'test.tapeline.dev/poke': randomBytes(4).toString('hex') };
    await this.change(type, name, { metadata: { annotations } });
  }

  /** The object as it is. */
  async get(type: ResourceType, name: string): Promise<KubeObject | undefined> {
    return this.#api.get(type, keyOfName(name));
  }

  /** Asks for its deletion. */
  async delete(type: ResourceType, name: string): Promise<void> {
    await this.#api.delete(type, keyOfName(name));
  }

  /** Waits until its conditions have these reasons, each as `Condition Reason`, of what it declares now; the ms that it took. */
  async tells(type: ResourceType, name: string, wanted: readonly string[], withinMs = 60_000): Promise<number> {
    let last: readonly string[] = [];
    const isTold = async (): Promise<boolean> => {
      const object = await this.get(type, name);
      const told = reasonsOf(object);
      const isNow = isOfNow(object);
      last = [...told].map(([key, message]) => `${key}: ${message}`);
      if (!isNow) last = [...last, 'of an older generation'];
      return isNow && wanted.every((key) => told.has(key));
    };
    try {
      return await until(`${name} tells ${wanted.join(', ')}`, isTold, { withinMs });
    } catch (error) {
      throw new Error(`${String(error)}; it says\n${last.join('\n')}`, { cause: error });
    }
  }

  /** Waits until it is gone; the ms that it took. */
  async isGone(type: ResourceType, name: string, withinMs = 60_000): Promise<number> {
    return until(`${name} is gone`, async () => (await this.get(type, name)) === undefined, { withinMs });
  }

  /** Makes a stream with its store, and waits until it works. */
  async made(name: string, spec: Spec = {}, topic: Spec = {}): Promise<void> {
    await this.put(this.store(name));
    await this.put(this.stream(name, spec, topic));
    await this.tells(tickStoreType, name, ['Ready Working'], 120_000);
    await this.tells(tickStreamType, name, ['Ready Working'], 120_000);
  }

  /** Takes away what was made on the servers. */
  async end(): Promise<void> {
    for (const stream of this.#streams)
      await this.admin.deleteTopics(streamTopicNames.map((topic) => `${stream}.${topic}`));
    for (const keyspace of this.#keyspaces) await this.cql.drop(keyspace);
    this.admin.close();
    await this.cql.close();
  }
}

/** Whether its status is of what it declares now. */
export function isOfNow(object: KubeObject | undefined): boolean {
  const { observedGeneration } = (object?.['status'] ?? {}) as { readonly observedGeneration?: number };
  return observedGeneration !== undefined && observedGeneration === object?.metadata.generation;
}

function objectOf(kind: string, name: string, spec: Spec): KubeObject {
  return { apiVersion: group, kind, metadata: { name, namespace }, spec };
}

function typeOf({ kind }: KubeObject): ResourceType {
  return kind === 'TickStream' ? tickStreamType : tickStoreType;
}

function keyOfName(name: string): ObjectKey {
  return { namespace, name };
}
