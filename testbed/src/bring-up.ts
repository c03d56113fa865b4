/**
 * `testbed up`: a cluster that goes on when the command ends. In: kind, size, folder. Out: the running servers, noted on
 * disk as they start, so that `down` finds them even if this command is ended halfway.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startCassandra } from './cassandra-cluster.ts';
import { type ClusterState, claimState, readState, removeState, type ServerKind, writeState } from './cluster-state.ts';
import { freePorts, isFree } from './free-ports.ts';
import { startKafka } from './kafka-cluster.ts';
import { kubernetesUp } from './kubernetes/kubernetes-up.ts';
import { freeSlot } from './kubernetes/node-network.ts';
import { endProcess, type ProcessIdentity } from './process-identity.ts';
import type { ProxyHostConfig } from './proxy-host.ts';
import { removeFolder } from './server-ledger.ts';
import { type ServerCommand, ServerProcess } from './server-process.ts';

/** What `up` was asked for. */
export type BringUpConfig = {
  readonly kind: ServerKind;
  /** Of the state file, data and logs. */
  readonly folder: string;
  /** Brokers or nodes. */
  readonly count: number;
  readonly proxied: boolean;
  readonly heapMb: number | undefined;
  readonly port: number | undefined;
  /** Of a Kubernetes: no nodes. */
  readonly apiOnly: boolean;
  /** Of a Kubernetes: figures of CPU and memory. */
  readonly metrics: boolean;
  /** Told what takes long. */
  readonly onProgress: (line: string) => void;
};

const defaultPorts = { kafka: 9092, cassandra: 9042 } as const;
const downGraceMs = 15_000;
const proxyReadyWithinMs = 20_000;

/** Starts the cluster and waits until it is ready. Rejects with `TestbedError`; then nothing runs on. */
export async function bringUp(config: BringUpConfig): Promise<ClusterState> {
  const { kind, folder } = config;
  claimState(folder, kind);
  const spawned: ProcessIdentity[] = [];
  const onSpawn: OnSpawn = (_id, identity) => {
    spawned.push(identity);
    const servers = spawned.map((each, index) => ({
      name: `${kind} ${index + 1}`,
      identity: each,
      address: '',
      logFile: '',
    }));
    writeState(folder, { kind, directory: dataOf(folder, kind), servers, environment: [] });
  };
  try {
    const state = await startKind(config, onSpawn);
    writeState(folder, state);
    return state;
  } catch (error) {
    for (const identity of spawned) await endProcess(identity, 0);
    removeState(folder, kind);
    throw error;
  }
}

/** Ends what `up` left running, by pid and start time, and removes its data. Undefined if there was nothing. */
export async function bringDown(folder: string, kind: ServerKind): Promise<ClusterState | undefined> {
  const state = readState(folder, kind);
  if (state === undefined) return undefined;
  // What is removed anyway, and shared with nobody, has nothing to put in order.
  const graceMs = kind === 'kubernetes' ? 0 : downGraceMs;
  await Promise.all(state.servers.map(({ identity }) => endProcess(identity, graceMs)));
  if (state.slot !== undefined) await freeSlot(state.slot);
  if (state.directory !== '') removeFolder(state.directory);
  removeState(folder, kind);
  return state;
}

function startKind(config: BringUpConfig, onSpawn: OnSpawn): Promise<ClusterState> {
  const { kind, folder, count } = config;
  if (kind === 'kafka') return kafkaUp(config, onSpawn);
  if (kind === 'cassandra') return cassandraUp(config, onSpawn);
  return kubernetesUp({ ...config, nodes: count, directory: dataOf(folder, kind) }, onSpawn);
}

type OnSpawn = (id: number, identity: ProcessIdentity) => void;

async function kafkaUp(
  { folder, count, proxied, heapMb, port }: BringUpConfig,
  onSpawn: OnSpawn,
): Promise<ClusterState> {
  const first = await portToUse('kafka', port);
  const advertised = proxied ? [first, ...(await freePorts(count - 1))] : undefined;
  const cluster = await startKafka({
    brokers: count,
    directory: dataOf(folder, 'kafka'),
    stays: true,
    onSpawn,
    ...(heapMb === undefined ? {} : { heapMb }),
    ...(advertised === undefined ? { port: first } : { advertisedPorts: advertised }),
  });
  const proxies = (advertised ?? []).map((from, index) => ({
    host: '127.0.0.1',
    port: from,
    target: { host: '127.0.0.1', port: cluster.nodes[index]?.port ?? 0 },
  }));
  const servers = cluster.nodes.map((node, index) => ({
    name: `Kafka broker ${node.id}`,
    identity: identityOf(node),
    address: cluster.brokers[index] ?? '',
    logFile: node.logFile,
  }));
  const environment = [`KAFKA_BROKERS=${cluster.brokers.join(',')}`];
  return withProxies({ kind: 'kafka', directory: dataOf(folder, 'kafka'), servers, environment }, proxies, onSpawn);
}

async function cassandraUp(
  { folder, count, proxied, heapMb, port }: BringUpConfig,
  onSpawn: OnSpawn,
): Promise<ClusterState> {
  const cluster = await startCassandra({
    nodes: count,
    directory: dataOf(folder, 'cassandra'),
    stays: true,
    onSpawn,
    port: await portToUse('cassandra', port),
    advertisesProxies: proxied,
    ...(heapMb === undefined ? {} : { heapMb }),
  });
  const proxies = cluster.nodes.map(({ id, address, port: to }) => ({
    host: `127.0.1.${id}`,
    port: to,
    target: { host: address, port: to },
  }));
  const servers = cluster.nodes.map((node, index) => ({
    name: `Cassandra node ${node.id}`,
    identity: identityOf(node),
    address: cluster.contactPoints[index] ?? '',
    logFile: node.logFile,
  }));
  const environment = [
    `CASSANDRA_CONTACT_POINTS=${cluster.contactPoints.join(',')}`,
    `CASSANDRA_DATACENTER=${cluster.datacenter}`,
  ];
  const state = { kind: 'cassandra', directory: dataOf(folder, 'cassandra'), servers, environment } as const;
  return withProxies(state, proxied ? proxies : [], onSpawn);
}

async function withProxies(
  state: ClusterState,
  proxies: ProxyHostConfig['proxies'],
  onSpawn: OnSpawn,
): Promise<ClusterState> {
  if (proxies.length === 0) return state;
  const [controlPort = 0] = await freePorts(1);
  const config: ProxyHostConfig = { controlPort, proxies };
  const logFile = path.join(state.directory, 'proxies.log');
  const program = fileURLToPath(
    new URL(import.meta.url.endsWith('.ts') ? 'proxy-host.ts' : 'proxy-host.js', import.meta.url),
  );
  const command: ServerCommand = {
    name: 'the fault proxies',
    command: process.execPath,
    args: ['--disable-warning=ExperimentalWarning', '--conditions=source', program, JSON.stringify(config)],
    directory: state.directory,
    logFile,
    readyLines: [/fault proxies listen/],
    readyWithinMs: proxyReadyWithinMs,
    stays: true,
    onSpawn: (identity) => onSpawn(0, identity),
  };
  const host = new ServerProcess(command);
  await host.start();
  const entry = { name: 'fault proxies', identity: identityOf(host), address: `127.0.0.1:${controlPort}`, logFile };
  return { ...state, servers: [...state.servers, entry], controlPort };
}

/** Where data and logs of a kind lie; `down` removes it whole. */
function dataOf(folder: string, kind: ServerKind): string {
  return path.join(folder, kind);
}

/** The usual port if it is free, else any. */
async function portToUse(kind: keyof typeof defaultPorts, wanted: number | undefined): Promise<number> {
  if (wanted !== undefined) return wanted;
  const usual = defaultPorts[kind];
  const [other = usual] = await freePorts(1);
  return (await isFree(usual, '127.0.0.1')) ? usual : other;
}

function identityOf({ identity, logFile }: ServerProcess): ProcessIdentity {
  if (identity === undefined) throw new RangeError(`the server of ${logFile} was never started`);
  return identity;
}
