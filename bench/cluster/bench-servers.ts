/**
 * The servers that a bench runs on. In: KAFKA_BROKERS and CASSANDRA_CONTACT_POINTS, or nothing. Out: addresses of servers
 * that were named there, or of ones started here, each when it is first asked for, and ended with `close`. Their CPU time
 * is not part of any figure, but they share the machine with what is measured.
 */
import { type CassandraCluster, type KafkaCluster, startCassandra, startKafka } from '@tapeline/testbed';

/** Where Cassandra is. */
export type CassandraPlace = { readonly contactPoints: readonly string[]; readonly dataCenter: string };

const heapMb = 1_024;

/** Servers of one run of the bench. */
export class BenchServers {
  readonly #env: NodeJS.ProcessEnv;
  readonly #tell: (line: string) => void;
  #kafka: Promise<KafkaCluster> | undefined;
  #cassandra: Promise<CassandraCluster> | undefined;

  constructor(env: NodeJS.ProcessEnv, tell: (line: string) => void) {
    this.#env = env;
    this.#tell = tell;
  }

  /** Whether some are not ours, so that what the bench leaves there stays. */
  get areNamed(): boolean {
    return ['KAFKA_BROKERS', 'CASSANDRA_CONTACT_POINTS'].some((name) => listOf(this.#env[name]).length > 0);
  }

  /** `host:port` of the brokers. Rejects with `TestbedError` where none can be started. */
  async brokers(): Promise<readonly string[]> {
    const given = listOf(this.#env['KAFKA_BROKERS']);
    if (given.length > 0) return given;
    if (this.#kafka === undefined) this.#tell('starting a Kafka broker');
    this.#kafka ??= startKafka({ brokers: 1, heapMb });
    return (await this.#kafka).brokers;
  }

  /** The cluster that was started here, so that its files can be looked at; `undefined` where one was named. */
  async ownKafka(): Promise<KafkaCluster | undefined> {
    await this.brokers();
    return this.#kafka;
  }

  /** Where Cassandra is. Rejects with `TestbedError` where none can be started. */
  async cassandra(): Promise<CassandraPlace> {
    const given = listOf(this.#env['CASSANDRA_CONTACT_POINTS']);
    if (given.length > 0) {
      return { contactPoints: given, dataCenter: this.#env['CASSANDRA_DATACENTER'] ?? 'datacenter1' };
    }
    const { contactPoints, datacenter } = await this.#ownCassandra();
    return { contactPoints, dataCenter: datacenter };
  }

  /** The node that was started here, so that its files can be looked at; `undefined` where one was named. */
  async ownCassandra(): Promise<CassandraCluster | undefined> {
    return listOf(this.#env['CASSANDRA_CONTACT_POINTS']).length > 0 ? undefined : this.#ownCassandra();
  }

  /** Ends what was started here. */
  async close(): Promise<void> {
    const started = [this.#kafka, this.#cassandra].filter((server) => server !== undefined);
    for (const settled of await Promise.allSettled(started)) {
      // A server that did not start has been told already, and has nothing to end.
      if (settled.status === 'fulfilled') await settled.value.close();
    }
  }

  async #ownCassandra(): Promise<CassandraCluster> {
    if (this.#cassandra === undefined) this.#tell('starting a Cassandra node');
    this.#cassandra ??= startCassandra({ nodes: 1, heapMb });
    return this.#cassandra;
  }
}

function listOf(text: string | undefined): string[] {
  return (text ?? '').split(',').filter((item) => item !== '');
}
