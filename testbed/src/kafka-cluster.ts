/**
 * Real Kafka brokers on this machine. In: how many, behind which faults and which security. Out: a cluster whose brokers
 * can be killed, stopped, cut off and started again. KRaft: each node is broker and controller. Bounded: 1 to 5 brokers.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Certificates, makeCertificates } from './certificates.ts';
import { FaultProxy } from './fault-proxy.ts';
import { freePorts } from './free-ports.ts';
import { findJava } from './java-tools.ts';
import { formatKafkaLog, kafkaCommand, type KafkaRuntime } from './kafka-launch.ts';
import {
  activeController,
  brokerIds,
  createTopic,
  type PartitionState,
  type TopicConfig,
  topicPartitions,
} from './kafka-questions.ts';
import { checkUser, type KafkaPorts, kafkaProperties, type KafkaSecurity, type KafkaUser } from './kafka-settings.ts';
import { mavenJars } from './maven-jars.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { type ServerCommand, ServerProcess } from './server-process.ts';
import { sweepOrphans } from './server-ledger.ts';
import { TestbedError } from './testbed-error.ts';
import { type FolderConfig, keepFolder, makeFolder, type TestbedFolder } from './testbed-folder.ts';
import { kafkaArtifacts } from './versions.ts';

/** What may be chosen of a cluster. */
export type KafkaOptions = FolderConfig & {
  /** 1 to 5; default 1. */
  readonly brokers?: number;
  /** Heap of each broker, MiB; default 256. */
  readonly heapMb?: number;
  /** Whether clients reach each broker through a `FaultProxy` (`nodes[i].proxy`). */
  readonly proxied?: boolean;
  /** Whether brokers reach each other through one too (`nodes[i].replicationProxy`), so that replication can be cut. */
  readonly replicationProxied?: boolean;
  /** Default PLAINTEXT. Brokers among themselves, and `nodes[i].internalPort`, stay without TLS and login. */
  readonly security?: KafkaSecurity;
  /** Who may log in; default one user `tapeline`. Only for SASL. */
  readonly users?: readonly KafkaUser[];
  /** Whether clients must show a certificate of `tls.ca`. Only for SSL. */
  readonly clientCertificateRequired?: boolean;
  /** The certificates to use instead of new ones. */
  readonly certificates?: Certificates;
  /** Settings of server.properties, before all others. */
  readonly config?: Readonly<Record<string, string>>;
  /** The client port of broker 1 (or its proxy); default a free one. */
  readonly port?: number;
  /** Compiles less, which starts faster and runs slower: for tests, not for measuring. Default false. */
  readonly quickStart?: boolean;
  /** How long a broker may take to be ready, ms; default 90,000. */
  readonly readyWithinMs?: number;
  /** For brokers that stay: who they must not outlive. */
  readonly owner?: ProcessIdentity;
  /** Called for each broker as soon as it has a pid. */
  readonly onSpawn?: (id: number, identity: ProcessIdentity) => void;
  /** Where clients are told to come instead, by broker, if a proxy elsewhere forwards to the brokers. */
  readonly advertisedPorts?: readonly number[];
  readonly env?: NodeJS.ProcessEnv;
};

/** One broker. `start()` after `kill()` uses the same ports and log. */
export class KafkaNode extends ServerProcess {
  /** From 1. */
  readonly id: number;
  /** Where clients reach the broker itself, past any proxy; on 127.0.0.1. */
  readonly port: number;
  /** A listener without TLS and login, for whoever looks after the cluster. */
  readonly internalPort: number;
  readonly proxy: FaultProxy | undefined;
  readonly replicationProxy: FaultProxy | undefined;

  constructor(id: number, ports: KafkaPorts, command: ServerCommand, proxies: KafkaProxies) {
    super(command);
    this.id = id;
    this.port = ports.client;
    this.internalPort = ports.internal;
    this.proxy = proxies.client;
    this.replicationProxy = proxies.internal;
  }
}

/** A running cluster. */
export type KafkaCluster = {
  /** `host:port` for clients, through the proxies where there are any. */
  readonly brokers: readonly string[];
  readonly nodes: readonly KafkaNode[];
  readonly directory: string;
  readonly security: KafkaSecurity;
  readonly users: readonly KafkaUser[];
  readonly certificates: Certificates | undefined;
  /** The id of the active controller. Rejects if no node knows one. */
  controller(): Promise<number>;
  /** The state of a topic's partitions, from any running broker. */
  partitions(topic: string): Promise<PartitionState[]>;
  /** The id of the leader of a partition; -1 while there is none. */
  leaderOf(topic: string, partition: number): Promise<number>;
  /** Makes a topic; resolves once every running broker knows it and each partition has a leader. */
  createTopic(topic: string, config: TopicConfig): Promise<void>;
  /** Resolves once `count` brokers (default all) are registered and unfenced. Rejects with NOT_READY after `withinMs`. */
  ready(count?: number, withinMs?: number): Promise<void>;
  /** Ends every broker and proxy, and removes the folder unless it is kept. */
  close(): Promise<void>;
};

type KafkaProxies = { readonly client: FaultProxy | undefined; readonly internal: FaultProxy | undefined };
type Layout = { readonly id: number; readonly ports: KafkaPorts; readonly proxies: KafkaProxies };

const brokersMax = 5;
const readyWithinMsDefault = 90_000;
const topicWithinMs = 20_000;
const host = '127.0.0.1';

/** Starts a cluster and waits until all its brokers serve. Rejects with `TestbedError`; then nothing runs on. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaCluster> {
  const { brokers = 1, users = [{ name: 'tapeline', password: 'tapeline-secret' }], security = 'PLAINTEXT' } = options;
  if (!Number.isInteger(brokers) || brokers < 1 || brokers > brokersMax) {
    throw new TestbedError('BAD_OPTION', `brokers is ${brokers}; it must be an integer from 1 to ${brokersMax}`);
  }
  users.forEach(checkUser);
  const java = await findJava(options.env);
  const jars = await mavenJars('kafka', kafkaArtifacts, options.env);
  sweepOrphans();
  const folder = makeFolder('kafka', options);
  const certificates = security.endsWith('SSL') ? (options.certificates ?? makeCertificates()) : undefined;
  const layouts = await layOut(brokers, options);
  const runtime: KafkaRuntime = { java, jars, heapMb: options.heapMb ?? 256, quickStart: options.quickStart ?? false };
  const nodes = layouts.map((layout) =>
    prepareNode(layout, layouts, { folder, runtime, options, certificates, users }),
  );
  const cluster = clusterOf(nodes, layouts, folder, { security, users, certificates });
  try {
    // An id that begins with a dash would be taken for an option of the format command.
    const clusterId = randomBytes(16).toString('base64url').replace(/^-/, 'A');
    await Promise.all(
      nodes.map((node) => formatKafkaLog(runtime, node.directory, clusterId, scramUsers(security, users))),
    );
    await Promise.all(nodes.map((node) => node.start()));
    await cluster.ready(brokers, options.readyWithinMs ?? readyWithinMsDefault);
    return cluster;
  } catch (error) {
    keepFolder(folder);
    await Promise.all(nodes.map((node) => node.kill()));
    await closeProxies(layouts);
    throw error;
  }
}

async function layOut(brokers: number, options: KafkaOptions): Promise<Layout[]> {
  const ports = await freePorts(brokers * 3);
  const layouts: Layout[] = [];
  for (let index = 0; index < brokers; index += 1) {
    const [client = 0, internal = 0, controller = 0] = ports.slice(index * 3, index * 3 + 3);
    const wanted = index === 0 ? options.port : undefined;
    const at = (port: number): { host: string; port: number } => ({ host, port });
    const proxies = {
      client:
        options.proxied === true
          ? await FaultProxy.listen({ host, target: at(client), ...(wanted === undefined ? {} : { port: wanted }) })
          : undefined,
      internal:
        options.replicationProxied === true ? await FaultProxy.listen({ host, target: at(internal) }) : undefined,
    };
    const own = options.proxied === true ? client : (wanted ?? client);
    layouts.push({
      id: index + 1,
      proxies,
      ports: {
        client: own,
        clientAdvertised: options.advertisedPorts?.[index] ?? proxies.client?.port ?? own,
        internal,
        internalAdvertised: proxies.internal?.port ?? internal,
        controller,
      },
    });
  }
  return layouts;
}

type Preparation = {
  readonly folder: TestbedFolder;
  readonly runtime: KafkaRuntime;
  readonly options: KafkaOptions;
  readonly certificates: Certificates | undefined;
  readonly users: readonly KafkaUser[];
};

function prepareNode({ id, ports, proxies }: Layout, all: readonly Layout[], preparation: Preparation): KafkaNode {
  const { folder, runtime, options, certificates, users } = preparation;
  const directory = path.join(folder.path, `broker-${id}`);
  mkdirSync(directory, { recursive: true });
  const stores = certificates === undefined ? {} : writeStores(directory, certificates);
  const properties = kafkaProperties({
    id,
    ports,
    controllers: all.map((layout) => ({ id: layout.id, port: layout.ports.controller })),
    logDirectory: path.join(directory, 'log'),
    security: options.security ?? 'PLAINTEXT',
    users,
    ...stores,
    clientCertificateRequired: options.clientCertificateRequired ?? false,
    config: options.config ?? {},
  });
  writeFileSync(path.join(directory, 'server.properties'), properties);
  const command = kafkaCommand(runtime, directory, {
    name: `Kafka broker ${id}`,
    readyWithinMs: options.readyWithinMs ?? readyWithinMsDefault,
    stays: options.stays ?? false,
    ...(options.owner === undefined ? {} : { owner: options.owner }),
    ...(options.keep === true ? {} : { sweepDirectory: folder.path }),
    onSpawn: (identity) => options.onSpawn?.(id, identity),
  });
  return new KafkaNode(id, ports, command, proxies);
}

function writeStores(directory: string, certificates: Certificates): { keyStore: string; trustStore: string } {
  const keyStore = path.join(directory, 'server.pem');
  const trustStore = path.join(directory, 'ca.pem');
  writeFileSync(keyStore, certificates.server.key + certificates.server.certificate + certificates.ca, { mode: 0o600 });
  writeFileSync(trustStore, certificates.ca);
  return { keyStore, trustStore };
}

function scramUsers(security: KafkaSecurity, users: readonly KafkaUser[]): readonly KafkaUser[] {
  return security.startsWith('SASL') ? users : [];
}

async function closeProxies(layouts: readonly Layout[]): Promise<void> {
  for (const { proxies } of layouts) {
    await proxies.client?.close();
    await proxies.internal?.close();
  }
}

function clusterOf(
  nodes: readonly KafkaNode[],
  layouts: readonly Layout[],
  folder: TestbedFolder,
  facts: Pick<KafkaCluster, 'security' | 'users' | 'certificates'>,
): KafkaCluster {
  const partitions = (topic: string): Promise<PartitionState[]> => askAny(nodes, (at) => topicPartitions(at, topic));
  return {
    ...facts,
    brokers: layouts.map(({ ports }) => `${host}:${ports.clientAdvertised}`),
    nodes,
    directory: folder.path,
    partitions,
    controller: () => askAny(nodes, activeController),
    leaderOf: async (topic, partition) =>
      (await partitions(topic)).find((state) => state.partition === partition)?.leader ?? -1,
    createTopic: (topic, config) => makeTopic(nodes, topic, config),
    ready: (count = nodes.length, withinMs = readyWithinMsDefault) => brokersReady(nodes, count, withinMs),
    close: async () => {
      await Promise.all(nodes.map((node) => node.kill()));
      await closeProxies(layouts);
      folder.release();
    },
  };
}

/** Asks the running brokers in turn until one answers; rejects with what all of them said. */
async function askAny<Answer>(
  nodes: readonly KafkaNode[],
  question: (at: { host: string; port: number }) => Promise<Answer>,
): Promise<Answer> {
  const errors: unknown[] = [];
  for (const node of nodes.filter(({ isRunning }) => isRunning)) {
    try {
      return await question({ host, port: node.internalPort });
    } catch (error) {
      errors.push(error);
    }
  }
  throw new AggregateError(errors, `no broker answers: ${errors.map(String).join('; ') || 'none runs'}`);
}

async function makeTopic(nodes: readonly KafkaNode[], topic: string, config: TopicConfig): Promise<void> {
  await askAny(nodes, (at) => createTopic(at, topic, config));
  for (const node of nodes.filter(({ isRunning }) => isRunning)) {
    const at = { host, port: node.internalPort };
    const isKnown = async (): Promise<boolean> => {
      const states = await topicPartitions(at, topic);
      return states.filter(({ leader }) => leader >= 0).length === config.partitions;
    };
    const until = performance.now() + topicWithinMs;
    while (!(await isKnown())) {
      if (performance.now() >= until) {
        throw new TestbedError('NOT_READY', `broker ${node.id} knows no leaders of ${topic} after ${topicWithinMs} ms`);
      }
      await sleep(50);
    }
  }
}

async function brokersReady(nodes: readonly KafkaNode[], count: number, withinMs: number): Promise<void> {
  const until = performance.now() + withinMs;
  let seen = 'nothing yet';
  while (performance.now() < until) {
    try {
      const ids = await askAny(nodes, brokerIds);
      if (ids.length >= count) return;
      seen = `brokers ${ids.join(', ') || 'none'}`;
    } catch (error) {
      seen = String(error);
    }
    await sleep(100);
  }
  throw new TestbedError('NOT_READY', `${count} brokers were not there within ${withinMs} ms; seen: ${seen}`);
}
