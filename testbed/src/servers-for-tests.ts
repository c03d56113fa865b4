/**
 * The Kafka and the Cassandra of a test. In: the environment. Out: servers named there, else one of each for the whole
 * run, started when the first test asks, else why there can be none, so that tests may skip and say so.
 */
import { startCassandra } from './cassandra-cluster.ts';
import { startKafka } from './kafka-cluster.ts';
import { runVariable, serverOfRun } from './servers-of-run.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { isUnavailable } from './testbed-error.ts';

/** There is none: what it needs and how to get it, for the name of a skipped test: `needs X: do Y`. */
export type NoServer = { readonly unavailable: string };

/** A Kafka that other tests use at the same time: name topics and groups so that nobody else has them. */
export type KafkaForTests = {
  readonly unavailable?: undefined;
  /** Bootstrap, `host:port`. Without TLS and login. */
  readonly brokers: readonly string[];
  /** Whether KAFKA_BROKERS named it. */
  readonly external: boolean;
  /** Always empty: nobody may kill what others use. Faults need a cluster of one's own, by `startKafka`. */
  readonly nodes: readonly [];
};

/** A Cassandra that other tests use at the same time: name keyspaces so that nobody else has them. */
export type CassandraForTests = {
  readonly unavailable?: undefined;
  /** `host:port`. Without TLS and login. */
  readonly contactPoints: readonly string[];
  readonly datacenter: string;
  /** Whether CASSANDRA_CONTACT_POINTS named it. */
  readonly external: boolean;
  /** Always empty, as that of Kafka. */
  readonly nodes: readonly [];
};

/** With an owner, the server goes on when this process ends, and ends with its owner. */
export type StartForTests<Facts> = (owner: ProcessIdentity | undefined) => Promise<Facts>;

const alone = new Map<string, Promise<unknown>>();

/** The Kafka to test against. Rejects only if one should come up here and does not. */
export async function kafkaForTests(env: NodeJS.ProcessEnv = process.env): Promise<KafkaForTests | NoServer> {
  const named = listIn(env['KAFKA_BROKERS']);
  if (named.length > 0) return { brokers: named, external: true, nodes: [] };
  return serverForTests('kafka', env, async (owner) => {
    const { brokers } = await startKafka({ brokers: 1, heapMb: 512, quickStart: true, env, ...keptBy(owner) });
    return { brokers, external: false, nodes: [] as const };
  });
}

/** The Cassandra to test against. Rejects only if one should come up here and does not. */
export async function cassandraForTests(env: NodeJS.ProcessEnv = process.env): Promise<CassandraForTests | NoServer> {
  const named = listIn(env['CASSANDRA_CONTACT_POINTS']);
  const datacenter = env['CASSANDRA_DATACENTER'] ?? 'datacenter1';
  if (named.length > 0) return { contactPoints: named, datacenter, external: true, nodes: [] };
  return serverForTests('cassandra', env, async (owner) => {
    const cluster = await startCassandra({ nodes: 1, heapMb: 768, quickStart: true, env, ...keptBy(owner) });
    return {
      contactPoints: cluster.contactPoints,
      datacenter: cluster.datacenter,
      external: false,
      nodes: [] as const,
    };
  });
}

/** The server of this kind of the run if there is one, else of this process. What starts it may only tell what JSON can. */
export async function serverForTests<Facts>(
  kind: string,
  env: NodeJS.ProcessEnv,
  start: StartForTests<Facts>,
): Promise<Facts | NoServer> {
  const run = env[runVariable];
  try {
    return await (run === undefined || run === '' ? ofThisProcess(kind, start) : serverOfRun(run, kind, start));
  } catch (error) {
    if (isUnavailable(error)) return { unavailable: error.message };
    throw error;
  }
}

function ofThisProcess<Facts>(kind: string, start: StartForTests<Facts>): Promise<Facts> {
  const known = alone.get(kind);
  // Each kind has one type of facts.
  if (known !== undefined) return known as Promise<Facts>;
  const started = start(undefined);
  alone.set(kind, started);
  return started;
}

/** What a server has to be told of its owner, if it has one. */
export function keptBy(owner: ProcessIdentity | undefined): { stays?: true; owner?: ProcessIdentity } {
  return owner === undefined ? {} : { stays: true, owner };
}

function listIn(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
