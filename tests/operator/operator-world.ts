/**
 * A small cluster for the operator: an API in memory, a Kafka and a Cassandra in memory, Deployments whose pods are ready at once. In:
 * objects. Out: rounds of the operator, which may be killed at any change and go on as another process.
 */
import { type KubeApi, type KubeObject, keyOf, keyText, kubeTypes, type ResourceType } from '@tapeline/kubernetes';
import {
  reconcileStore,
  reconcileStream,
  type RoundParts,
  RoundWaits,
  type Servers,
  tickStoreType,
  tickStreamType,
} from '@tapeline/operator';
import { ManualClock, systemRandom } from '@tapeline/runtime';
import { FakeCoordinators } from '../../operator/test-kit/fake-coordinators.ts';
import { FakeServers, type Step } from '../../operator/test-kit/fake-servers.ts';
import { settings } from '../../operator/test-kit/stream-world.ts';
import { FakeKubeApi } from '../../packages/adapters/kubernetes/test-kit/fake-kube-api.ts';

/** The process was killed. */
export class Killed extends Error {
  override name = 'Killed';
}

const watched = [tickStreamType, tickStoreType, kubeTypes.deployment, kubeTypes.podDisruptionBudget, kubeTypes.pod];
const roundsMax = 60;
const fieldManager = 'somebody';

/** Servers, and what was changed on them as far as they tell. */
export type WorldServers = Servers & { readonly changes: readonly string[] };

/** The cluster and the operator in it. */
export class OperatorWorld<Outside extends WorldServers = FakeServers> {
  readonly clock: ManualClock = new ManualClock();
  readonly api: FakeKubeApi = new FakeKubeApi(this.clock);
  readonly servers: Outside;
  readonly coordinators: FakeCoordinators = new FakeCoordinators();
  readonly events: string[] = [];
  /** The words of each event. */
  readonly notes: string[] = [];
  #step: Step = () => undefined;

  constructor(servers: Outside) {
    this.servers = servers;
    if (servers instanceof FakeServers) servers.onStep((when, what) => this.#step(when, what));
  }

  /** Kills the process at the n-th change, counted from 1, before or after it is made; 0 = never. Answers how many there were. */
  killAt(n: number, when: 'before' | 'after'): () => number {
    let changes = 0;
    this.#step = (now) => {
      if (now === 'before') changes += 1;
      if (n > 0 && changes === n && now === when) {
        this.#step = () => undefined;
        throw new Killed(`at change ${n}, ${when} it`);
      }
    };
    return () => changes;
  }

  /** Applies an object as a person does. */
  async put(object: KubeObject): Promise<void> {
    const type = object.kind === 'TickStream' ? tickStreamType : tickStoreType;
    await this.api.apply(type, object, { fieldManager, force: true });
  }

  /** The object as it is. */
  async get(type: ResourceType, name: string): Promise<KubeObject | undefined> {
    return this.api.get(type, { namespace: 'market', name });
  }

  /** Rounds until none of them does anything; a kill ends the process, and another goes on. Answers the number of rounds. */
  async settle(): Promise<number> {
    for (let round = 1; round <= roundsMax; round += 1) {
      const before = this.#written();
      try {
        await this.rounds();
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
        continue;
      }
      await this.#runPods();
      if (this.#written() === before) return round;
    }
    throw new Error(`nothing settled in ${roundsMax} rounds`);
  }

  /** A round on a stream that is not there any more, as its deletion brings one. */
  async forgotten(key: string): Promise<void> {
    const [namespace = '', name = ''] = key.split('/');
    await reconcileStream(this.#parts(new Map()), { namespace, name }, this.#context());
  }

  /** One round on every object, by a process that remembers nothing. */
  async rounds(): Promise<void> {
    const objects = new Map<string, readonly KubeObject[]>();
    for (const type of watched) objects.set(type.kind, (await this.api.list(type)).items);
    const [parts, context] = [this.#parts(objects), this.#context()];
    for (const object of objects.get('TickStore') ?? []) await reconcileStore(parts, keyOf(object), context);
    for (const object of objects.get('TickStream') ?? []) await reconcileStream(parts, keyOf(object), context);
  }

  #parts(objects: ReadonlyMap<string, readonly KubeObject[]>): RoundParts {
    return {
      api: this.#killable(),
      known: ({ kind }: ResourceType) => objects.get(kind) ?? [],
      servers: this.servers,
      coordinators: this.coordinators,
      settings,
      clock: this.clock,
      record: (_about: KubeObject, { reason, note }: { reason: string; note: string }) => {
        this.events.push(reason);
        this.notes.push(note);
      },
      waits: new RoundWaits(systemRandom),
    };
  }

  #context(): Parameters<typeof reconcileStream>[2] {
    return {
      signal: new AbortController().signal,
      term: { token: 1, ended: new AbortController().signal, isHeld: () => true },
    };
  }

  /** Everything that is there, without what differs from run to run. */
  async state(): Promise<unknown> {
    const objects = [];
    for (const type of watched) {
      for (const { metadata, ...rest } of (await this.api.list(type)).items) {
        const { name, labels, annotations, finalizers } = metadata;
        objects.push({ ...rest, name, labels, annotations, finalizers });
      }
    }
    if (!(this.servers instanceof FakeServers)) return structuredClone({ objects });
    const { topics, rows, keyspace } = this.servers;
    return structuredClone({ objects, topics: [...topics], rows: [...rows], keyspace });
  }

  #written(): number {
    return this.api.writes.filter(({ changed }) => changed).length + this.servers.changes.length;
  }

  /** The API of the process that may be killed. */
  #killable(): KubeApi {
    const { api } = this;
    const step = async <Value>(what: string, call: () => Promise<Value>): Promise<Value> => {
      this.#step('before', what);
      const value = await call();
      this.#step('after', what);
      return value;
    };
    return {
      get: (type, key, options) => api.get(type, key, options),
      list: (type, options) => api.list(type, options),
      watch: (type, options) => api.watch(type, options),
      apply: (type, object, options) =>
        step(`apply ${keyText(keyOf(object))}`, async () => api.apply(type, object, options)),
      create: (type, object, options) => step('create', async () => api.create(type, object, options)),
      patch: (type, key, patch, options) => step('patch', async () => api.patch(type, key, patch, options)),
      delete: (type, key, options) => step('delete', async () => api.delete(type, key, options)),
    };
  }

  /** What the controllers of Kubernetes would do: every pod ready, what was deleted gone. */
  async #runPods(): Promise<void> {
    for (const object of (await this.api.list(kubeTypes.deployment)).items) {
      const { replicas = 1 } = object['spec'] as { readonly replicas?: number };
      const status = {
        observedGeneration: object.metadata.generation,
        replicas,
        readyReplicas: replicas,
        updatedReplicas: replicas,
      };
      const { apiVersion, kind } = object;
      const told = { apiVersion, kind, metadata: keyOf(object), status };
      await this.api.apply(kubeTypes.deployment, told, { fieldManager: 'kube', force: true, subresource: 'status' });
    }
  }
}
