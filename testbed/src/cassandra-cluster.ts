/**
 * Real Cassandra nodes on this machine. In: how many, behind which faults and which security. Out: a cluster whose nodes
 * can be killed, stopped, cut off and started again. Nodes are 127.0.0.1, .2 and .3 with the same ports; the proxy of
 * 127.0.0.N is 127.0.1.N, which is what drivers learn. Bounded: 1 to 3 nodes.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cassandraCommand, type CassandraRuntime } from './cassandra-launch.ts';
import { supportedOptions } from './cassandra-questions.ts';
import { cassandraYaml } from './cassandra-settings.ts';
import { type Certificates, makeCertificates } from './certificates.ts';
import { FaultProxy } from './fault-proxy.ts';
import { freePorts } from './free-ports.ts';
import { findJava } from './java-tools.ts';
import { mavenJars } from './maven-jars.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { sweepOrphans } from './server-ledger.ts';
import { type ServerCommand, ServerProcess } from './server-process.ts';
import { TestbedError } from './testbed-error.ts';
import { type FolderConfig, keepFolder, makeFolder, type TestbedFolder } from './testbed-folder.ts';
import { cassandraArtifacts } from './versions.ts';

/** What may be chosen of a cluster. */
export type CassandraOptions = FolderConfig & {
  /** 1 to 3; default 1. */
  readonly nodes?: number;
  /** Heap of each node, MiB; default 512. */
  readonly heapMb?: number;
  /** Whether drivers reach each node through a `FaultProxy` (`nodes[i].proxy`). */
  readonly proxied?: boolean;
  readonly security?: {
    readonly tls?: boolean;
    /** Whether clients must show a certificate. */
    readonly clientCertificateRequired?: boolean;
    /** Whether clients must log in; then roles have rights, too. */
    readonly login?: boolean;
  };
  /** The certificates to use instead of new ones. */
  readonly certificates?: Certificates;
  /** Settings of cassandra.yaml, before all others. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Of clients, on all nodes; default a free one. */
  readonly port?: number;
  /** Compiles less, which starts faster and runs slower: for tests, not for measuring. Default false. */
  readonly quickStart?: boolean;
  /** How long a node may take to be ready, ms; default 180,000. */
  readonly readyWithinMs?: number;
  /** For nodes that stay: who they must not outlive. */
  readonly owner?: ProcessIdentity;
  /** Called for each node as soon as it has a pid. */
  readonly onSpawn?: (id: number, identity: ProcessIdentity) => void;
  /** Whether drivers are told the proxies' addresses although the proxies are elsewhere. */
  readonly advertisesProxies?: boolean;
  readonly env?: NodeJS.ProcessEnv;
};

/** One node. `start()` after `kill()` uses the same ports and data. */
export class CassandraNode extends ServerProcess {
  /** From 1. */
  readonly id: number;
  /** Of the node itself, past any proxy. */
  readonly address: string;
  readonly port: number;
  readonly proxy: FaultProxy | undefined;
  readonly #certificates: Certificates | undefined;

  constructor(id: number, command: ServerCommand, access: NodeAccess) {
    super(command);
    this.id = id;
    this.address = nodeAddress(id);
    this.port = access.port;
    this.proxy = access.proxy;
    this.#certificates = access.certificates;
  }

  /** Also waits until the node answers a client: its log says so a moment too early, after each start. */
  override async start(): Promise<void> {
    await super.start();
    await answers(this, this.#certificates);
  }
}

type NodeAccess = {
  readonly port: number;
  readonly proxy: FaultProxy | undefined;
  readonly certificates: Certificates | undefined;
};

/** A running cluster. */
export type CassandraCluster = {
  /** `host:port` for drivers, through the proxies where there are any. */
  readonly contactPoints: readonly string[];
  /** Of all nodes. Drivers that read system.peers learn addresses only and must be told it (`protocolOptions.port`). */
  readonly port: number;
  readonly datacenter: string;
  readonly nodes: readonly CassandraNode[];
  readonly directory: string;
  readonly certificates: Certificates | undefined;
  /** The first login, if there is one. */
  readonly login: { readonly name: string; readonly password: string } | undefined;
  /** Ends every node and proxy, and removes the folder unless it is kept. */
  close(): Promise<void>;
};

const nodesMax = 3;
const readyWithinMsDefault = 180_000;
const served = /Starting listening for CQL clients/;

/** Starts a cluster and waits until all its nodes serve. Rejects with `TestbedError`; then nothing runs on. */
export async function startCassandra(options: CassandraOptions = {}): Promise<CassandraCluster> {
  const { nodes: count = 1, security = {} } = options;
  if (!Number.isInteger(count) || count < 1 || count > nodesMax) {
    throw new TestbedError('BAD_OPTION', `nodes is ${count}; it must be an integer from 1 to ${nodesMax}`);
  }
  const java = await findJava(options.env);
  const jars = await mavenJars('cassandra', cassandraArtifacts, options.env);
  sweepOrphans();
  const ids = Array.from({ length: count }, (_, index) => index + 1);
  const addresses = ids.flatMap((id) => [nodeAddress(id), proxyAddress(id)]);
  const [port = 0, storagePort = 0] = await freePorts(2, addresses);
  const folder = makeFolder('cassandra', options);
  const preparation: Preparation = {
    folder,
    options,
    runtime: {
      java,
      jars,
      heapMb: options.heapMb ?? 512,
      quickStart: options.quickStart ?? false,
      isAlone: count === 1,
    },
    certificates:
      security.tls === true ? (options.certificates ?? makeCertificates({ hosts: hostNames(ids) })) : undefined,
    port: options.port ?? port,
    storagePort,
    clusterName: `testbed-${randomBytes(4).toString('hex')}`,
  };
  const nodes: CassandraNode[] = [];
  try {
    // One after the other: a node that joins asks those that are there.
    for (const id of ids) {
      const node = await prepareNode(id, preparation);
      nodes.push(node);
      await node.start();
    }
    return clusterOf(nodes, preparation);
  } catch (error) {
    keepFolder(folder);
    for (const node of nodes) await endNode(node);
    throw error;
  }
}

function nodeAddress(id: number): string {
  return `127.0.0.${id}`;
}

function proxyAddress(id: number): string {
  return `127.0.1.${id}`;
}

function hostNames(ids: readonly number[]): string[] {
  return ['localhost', ...ids.flatMap((id) => [nodeAddress(id), proxyAddress(id)])];
}

type Preparation = {
  readonly folder: TestbedFolder;
  readonly runtime: CassandraRuntime;
  readonly options: CassandraOptions;
  readonly certificates: Certificates | undefined;
  readonly port: number;
  readonly storagePort: number;
  readonly clusterName: string;
};

async function prepareNode(id: number, preparation: Preparation): Promise<CassandraNode> {
  const { folder, options, certificates, port, storagePort, runtime, clusterName } = preparation;
  const { proxied = false, advertisesProxies = false, security = {} } = options;
  const directory = path.join(folder.path, `node-${id}`);
  mkdirSync(directory, { recursive: true });
  const address = nodeAddress(id);
  const yaml = cassandraYaml({
    clusterName,
    address,
    advertisedAddress: proxied || advertisesProxies ? proxyAddress(id) : address,
    port,
    storagePort,
    seed: nodeAddress(1),
    login: security.login ?? false,
    tls:
      certificates === undefined ? undefined : writeStores(directory, certificates, security.clientCertificateRequired),
    heapMb: runtime.heapMb,
    config: options.config ?? {},
  });
  writeFileSync(path.join(directory, 'cassandra.yaml'), yaml);
  const command = cassandraCommand(runtime, directory, {
    name: `Cassandra node ${id}`,
    readyLines: readyLines(id, storagePort),
    readyLinesAgain: [served],
    readyWithinMs: options.readyWithinMs ?? readyWithinMsDefault,
    stays: options.stays ?? false,
    ...(options.owner === undefined ? {} : { owner: options.owner }),
    ...(options.keep === true ? {} : { sweepDirectory: folder.path }),
    onSpawn: (identity) => options.onSpawn?.(id, identity),
  });
  const target = { host: address, port };
  const proxy = proxied ? await FaultProxy.listen({ host: proxyAddress(id), port, target }) : undefined;
  return new CassandraNode(id, command, { port, proxy, certificates });
}

/** A node serves once it listens; one that joins must have seen the nodes before it. */
function readyLines(id: number, storagePort: number): RegExp[] {
  const earlier = Array.from({ length: id - 1 }, (_, index) => nodeAddress(index + 1));
  return [served, ...earlier.map((address) => new RegExp(`${address}:${storagePort}(?:/\\S+)? is now UP`))];
}

function writeStores(
  directory: string,
  certificates: Certificates,
  clientCertificateRequired = false,
): { keyStore: string; trustStore: string; clientCertificateRequired: boolean } {
  const keyStore = path.join(directory, 'server.pem');
  const trustStore = path.join(directory, 'ca.pem');
  writeFileSync(keyStore, certificates.server.key + certificates.server.certificate + certificates.ca, { mode: 0o600 });
  writeFileSync(trustStore, certificates.ca);
  return { keyStore, trustStore, clientCertificateRequired };
}

/** Asks the node itself, past any proxy, until it answers. Rejects with NOT_READY after 50 tries. */
async function answers(node: CassandraNode, certificates: Certificates | undefined): Promise<void> {
  const target = { host: node.address, port: node.port };
  const secured = certificates === undefined ? target : { ...target, ca: certificates.ca, ...certificates.client };
  const triesMax = 50;
  for (let tries = 1; ; tries += 1) {
    try {
      await supportedOptions(secured);
      return;
    } catch (error) {
      if (tries === triesMax) {
        const message = `Cassandra node ${node.id} listens and answers nobody; see ${node.logFile}`;
        throw new TestbedError('NOT_READY', message, { cause: error });
      }
    }
    await sleep(100);
  }
}

async function endNode(node: CassandraNode): Promise<void> {
  await node.kill();
  await node.proxy?.close();
}

function clusterOf(nodes: readonly CassandraNode[], preparation: Preparation): CassandraCluster {
  const { folder, certificates, options, port } = preparation;
  const { proxied = false, advertisesProxies = false } = options;
  const hostOf = ({ id }: CassandraNode): string => (proxied || advertisesProxies ? proxyAddress(id) : nodeAddress(id));
  return {
    contactPoints: nodes.map((node) => `${hostOf(node)}:${port}`),
    port,
    datacenter: 'datacenter1',
    nodes,
    directory: folder.path,
    certificates,
    login: options.security?.login === true ? { name: 'cassandra', password: 'cassandra' } : undefined,
    close: async () => {
      for (const node of nodes) await endNode(node);
      folder.release();
    },
  };
}
