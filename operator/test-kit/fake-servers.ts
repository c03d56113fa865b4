/**
 * A Kafka and a Cassandra in memory behind the operator's seams. In: effects, and faults by hand. Out: what real ones would be after
 * them; a topic that is deleted and made again has another id. Every change is counted, so a test sees what was done twice.
 */
import { topicNames } from '@tapeline/domain';
import { KafkaError } from '@tapeline/kafka';
import type { KafkaPort, KeyspacePort, Servers } from '../src/apply/ports.ts';
import type { SeenCluster, SeenKeyspace, SeenTable } from '../src/observe/store-observed.ts';
import type { Pin } from '../src/crd/tick-stream.ts';
import { replicationText } from '../src/decide/store-replication.ts';
import { type SeenPins, type SeenRow, type SeenTopic, streamTopics } from '../src/observe/stream-observed.ts';
import { controlSettings, topicSettings } from './stream-world.ts';

/** Called around every change: throws to kill whoever makes it. */
export type Step = (when: 'before' | 'after', what: string) => void;

const migrations = [1, 2, 3, 4];
const tables = ['bars', 'bar_revisions', 'tape_chunks', 'tape_index', 'signals'];
const unified = { class: 'UnifiedCompactionStrategy', options: { scaling_parameters: 'T4' } };

/** The servers. */
export class FakeServers implements Servers {
  /** Each change that was made, in order. */
  readonly changes: string[] = [];
  readonly topics: Map<string, SeenTopic> = new Map();
  readonly rows: Map<string, SeenRow> = new Map();
  /** Where instruments live that were pinned or had ticks, by dataset and symbol. */
  readonly places: Map<string, number> = new Map();
  nodes: number = 3;
  schemaVersions: readonly string[] = ['v1'];
  keyspace: SeenKeyspace | undefined;
  lag: ReadonlyMap<number, number> = new Map([[0, 0]]);
  /** Thrown by every look and change of Kafka while it is set. */
  kafkaProblem: KafkaError | undefined;
  #step: Step = () => undefined;
  #ids = 0;

  /** Who is told of changes from now on. */
  onStep(step: Step): void {
    this.#step = step;
  }

  async withKafka<Result>(
    _spec: unknown,
    _secrets: unknown,
    work: (kafka: KafkaPort) => Promise<Result>,
  ): Promise<Result> {
    if (this.kafkaProblem !== undefined) throw this.kafkaProblem;
    return work(this.#kafka());
  }

  async withKeyspace<Result>(
    _spec: unknown,
    _name: string,
    _secrets: unknown,
    work: (keyspace: KeyspacePort) => Promise<Result>,
  ): Promise<Result> {
    return work(this.#keyspace());
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #kafka(): KafkaPort {
    return {
      topics: async (stream) => streamTopics.flatMap((topic) => this.topics.get(`${stream}.${topic}`) ?? []),
      lag: async () => this.lag,
      createTopics: async (stream, { partitions, config }) => {
        // One after the other: whoever dies between leaves some of them.
        for (const topic of topicNames) {
          const name = `${stream}.${topic}`;
          if (this.topics.has(name)) continue;
          this.#change(`create ${name}`, () => this.topics.set(name, this.#newTopic(topic, partitions, config)));
        }
      },
      createControl: async (stream) => {
        const name = `${stream}.control`;
        if (this.topics.has(name)) return;
        this.#change(`create ${name}`, () => this.topics.set(name, this.#newTopic('control', 1, {})));
      },
      setTopicConfig: async (name, config) =>
        this.#change(`config ${name}`, () =>
          this.#alter(name, (topic) => ({ ...topic, config: { ...topic.config, ...config } })),
        ),
      addPartitions: async (name, partitions) =>
        this.#change(`partitions ${name}`, () => this.#alter(name, (topic) => ({ ...topic, partitions }))),
      deleteTopics: async (names) => {
        for (const name of names)
          if (this.topics.has(name)) this.#change(`delete ${name}`, () => this.topics.delete(name));
      },
    };
  }

  #newTopic(topic: SeenTopic['topic'], partitions: number, config: Readonly<Record<string, string | null>>): SeenTopic {
    this.#ids += 1;
    const given = Object.fromEntries(
      Object.entries(config).filter((entry): entry is [string, string] => entry[1] !== null),
    );
    return {
      topic,
      id: `id-${this.#ids}`,
      partitions,
      replicas: 3,
      config: { ...(topic === 'control' ? controlSettings : topicSettings), ...given },
    };
  }

  #alter(name: string, change: (topic: SeenTopic) => SeenTopic): void {
    const topic = this.topics.get(name);
    if (topic === undefined) throw new KafkaError('KAFKA_FAILED', `topic ${name}: UNKNOWN_TOPIC_OR_PARTITION`);
    this.topics.set(name, change(topic));
  }

  #keyspace(): KeyspacePort {
    const settled = (pins: readonly Pin[]): SeenPins => ({
      held: pins.filter((pin) => this.places.get(nameOf(pin)) === pin.partition),
      late: pins.filter((pin) => (this.places.get(nameOf(pin)) ?? pin.partition) !== pin.partition),
    });
    return {
      observe: async () => this.#cluster(),
      createKeyspace: async (replication) => {
        if (this.keyspace !== undefined) return;
        this.#change('create keyspace', () => {
          this.keyspace = {
            replication,
            tables: [],
            migration: 0,
            missingMigrations: migrations,
            migrationFault: undefined,
            tablesFault: undefined,
          };
        });
      },
      setReplication: async (replication) =>
        this.#change(`replication ${replicationText(replication)}`, () => this.#alterKeyspace({ replication })),
      migrate: async () => {
        for (const id of this.keyspace?.missingMigrations ?? []) {
          this.#change(`migrate ${id}`, () =>
            this.#alterKeyspace({
              migration: id,
              missingMigrations: migrations.filter((each) => each > id),
              tables: tables.map((name): SeenTable => ({ name, ttlSec: 0, compaction: unified })),
            }),
          );
        }
      },
      setTable: async (name, change) =>
        this.#change(`table ${name}`, () =>
          this.#alterKeyspace({
            tables: (this.keyspace?.tables ?? []).map((table) =>
              table.name === name ? { ...table, ...change } : table,
            ),
          }),
        ),
      dropKeyspace: async () => this.#change('drop keyspace', () => (this.keyspace = undefined)),
      findStream: async (stream) => this.rows.get(stream),
      enterStream: async (stream, row) => {
        // What was entered stays, and topics that it does not name yet are added.
        const known = this.rows.get(stream);
        const topicIds = new Map([...row.topicIds, ...(known?.topicIds ?? [])]);
        if (known?.topicIds.size === topicIds.size) return;
        const entered = { basePartitions: known?.basePartitions ?? row.basePartitions, topicIds };
        this.#change(`enter ${stream}`, () => this.rows.set(stream, entered));
      },
      findPins: async (_stream, wanted) => settled(wanted),
      enterPins: async (_stream, pins) => {
        for (const pin of pins) {
          if (this.places.has(nameOf(pin))) continue;
          this.#change(`pin ${nameOf(pin)}`, () => this.places.set(nameOf(pin), pin.partition));
        }
        return settled(pins);
      },
    };
  }

  #cluster(): SeenCluster {
    const nodes = Array.from({ length: this.nodes }, (_, n) => ({
      address: `10.0.0.${n + 1}`,
      dataCenter: 'dc1',
      schemaVersion: this.schemaVersions[n % this.schemaVersions.length] ?? '',
    }));
    return { nodes, keyspace: this.keyspace };
  }

  #alterKeyspace(change: Partial<SeenKeyspace>): void {
    if (this.keyspace !== undefined) this.keyspace = { ...this.keyspace, ...change };
  }

  #change(what: string, make: () => unknown): void {
    this.#step('before', what);
    make();
    this.changes.push(what);
    this.#step('after', what);
  }
}

function nameOf({ dataset, symbol }: Pin): string {
  return `${dataset}/${symbol}`;
}
