/**
 * A real Kubernetes on this machine without containers around it. In: how many nodes, or the API alone. Out: a cluster
 * whose API server and nodes can be killed, frozen and started again. Bounded: 1 to 8 nodes.
 */
import path from 'node:path';
import { freePorts } from '../free-ports.ts';
import type { ProcessIdentity } from '../process-identity.ts';
import { sweepOrphans } from '../server-ledger.ts';
import type { ServerProcess } from '../server-process.ts';
import { TestbedError } from '../testbed-error.ts';
import { type FolderConfig, keepFolder, makeFolder, type TestbedFolder } from '../testbed-folder.ts';
import { type ApiServer, apiServer, type ApiServerConfig, etcdProcess, type ProcessConfig } from './api-server.ts';
import { untilAnswered } from './api-question.ts';
import { type ClusterKeys, makeClusterKeys } from './cluster-keys.ts';
import { type ClusterTools, clusterTools } from './cluster-tools.ts';
import { controllerManager, scheduler } from './controllers.ts';
import { needPrograms, programFile } from './go-build.ts';
import type { KubernetesNode } from './kube-node.ts';
import { prepareNodes, startNodes, stopNodes, volumesOf } from './kube-nodes.ts';
import { apiPrograms, etcd, kube, metricsServer, nodePrograms } from './kube-versions.ts';
import { type ClusterNetwork, freeSlot, nodesMax, takeSlot } from './node-network.ts';
import { needForNodes } from './node-needs.ts';

/** What may be chosen of a cluster. */
export type KubernetesOptions = FolderConfig &
  ApiServerConfig & {
    /** API server and controllers without any node: pods are made and stay pending. Needs no root. Default false. */
    readonly apiOnly?: boolean;
    /** 1 to 8; default 1. They are in the zones zone-a, zone-b, zone-c in turn. */
    readonly nodes?: number;
    /** Whether there are figures of CPU and memory, for `kubectl top` and autoscalers. Default false. */
    readonly metrics?: boolean;
    /** For servers that stay: who they must not outlive. */
    readonly owner?: ProcessIdentity;
    /** Called for each server as soon as it has a pid. */
    readonly onSpawn?: (name: string, identity: ProcessIdentity) => void;
    readonly env?: NodeJS.ProcessEnv;
  };

/** A running cluster. */
export type KubernetesCluster = ClusterTools & {
  /** Path of the administrator's. */
  readonly kubeconfig: string;
  readonly directory: string;
  readonly apiServer: ApiServer;
  readonly nodes: readonly KubernetesNode[];
  /** By name: what runs, and its log. */
  readonly servers: ReadonlyMap<string, ServerProcess>;
  /** Where pods reach what listens on this machine; undefined without nodes. */
  readonly network: ClusterNetwork | undefined;
  /** Gives an image, from an archive (OCI or Docker), to every node that runs. */
  loadImage(archive: string): Promise<void>;
  /** Ends every server, and removes the folder unless it is kept. */
  close(): Promise<void>;
};

const objectsWithinMs = 30_000;

/** Starts a cluster and waits until it serves. Rejects with `TestbedError`; then nothing runs on. */
export async function startKubernetes(options: KubernetesOptions = {}): Promise<KubernetesCluster> {
  check(options);
  sweepOrphans();
  const folder = makeFolder('kubernetes', options);
  const building = new Building(folder, options);
  try {
    await building.startApi();
    await bothDone(building.startControllers(), building.startNodes());
    return building.cluster();
  } catch (error) {
    keepFolder(folder);
    await building.end();
    throw error;
  }
}

function check({ apiOnly = false, nodes = 1, metrics = false, env = process.env }: KubernetesOptions): void {
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > nodesMax) {
    throw new TestbedError('BAD_OPTION', `nodes is ${nodes}; it must be an integer from 1 to ${nodesMax}`);
  }
  if (!apiOnly) needForNodes();
  needPrograms([...(apiOnly ? apiPrograms : nodePrograms), ...(metrics ? [metricsServer] : [])], env);
}

/** A cluster on its way up; what was started is known at each moment, so that it can be ended. */
class Building {
  readonly #folder: TestbedFolder;
  readonly #options: KubernetesOptions;
  readonly #env: NodeJS.ProcessEnv;
  /** In the order in which they were started. */
  readonly #servers = new Map<string, ServerProcess>();
  #network: ClusterNetwork | undefined;
  #nodes: readonly KubernetesNode[] = [];
  #started: { readonly keys: ClusterKeys; readonly api: ApiServer } | undefined;

  constructor(folder: TestbedFolder, options: KubernetesOptions) {
    this.#folder = folder;
    this.#options = options;
    this.#env = options.env ?? process.env;
  }

  async startApi(): Promise<void> {
    const folder = this.#folder.path;
    const [port = 0, etcdPort = 0, etcdPeerPort = 0] = await freePorts(3);
    const ports = { etcdPort, etcdPeerPort };
    const store = etcdProcess(programFile(etcd, 'etcd', this.#env), folder, ports, this.#process('etcd'));
    await this.#start('etcd', store);
    const network = await this.#takeNetwork(store);
    const { host, servicesCidr, servicesHost } = network ?? withoutNodes;
    const keys = makeClusterKeys(path.join(folder, 'keys'), { host, port, servicesHost });
    const addresses = { host, port, etcdPort, servicesCidr, isReachable: network !== undefined };
    const { watchCache = true, audit = false } = this.#options;
    const config = { ...this.#process('kube-apiserver'), watchCache, audit };
    const api = apiServer(this.#program('kube-apiserver'), folder, addresses, keys, config);
    this.#servers.set('kube-apiserver', api.process);
    this.#started = { keys, api };
    await api.start();
  }

  async startControllers(): Promise<void> {
    if (this.#started === undefined) return;
    const { keys } = this.#started;
    const folder = this.#folder.path;
    const [port = 0, schedulerPort = 0] = await freePorts(2);
    const volumes = this.#network === undefined ? {} : { volumes: volumesOf(folder) };
    const [manager, placing] = ['kube-controller-manager', 'kube-scheduler'] as const;
    const config = this.#process(manager);
    await this.#start(manager, controllerManager(this.#program(manager), folder, { keys, port, ...volumes }, config));
    if (this.#network !== undefined) {
      const place = { keys, port: schedulerPort };
      await this.#start(placing, scheduler(this.#program(placing), folder, place, this.#process(placing)));
    }
    await untilAnswered(keys, ['/api/v1/namespaces/default/serviceaccounts/default'], objectsWithinMs);
  }

  async startNodes(): Promise<void> {
    const { nodes: count = 1, metrics: hasMetrics = false } = this.#options;
    if (this.#network === undefined || this.#started === undefined) return;
    const { keys } = this.#started;
    const processOf = (name: string): ProcessConfig => this.#process(name);
    const config = {
      count,
      network: this.#network,
      keys,
      folder: this.#folder.path,
      hasMetrics,
      env: this.#env,
      processOf,
    };
    this.#nodes = prepareNodes(config);
    for (const node of this.#nodes) this.#servers.set(node.name, node.process);
    await startNodes(this.#nodes, config, clusterTools(keys.kubeconfig, this.#folder.path, this.#env).kubectl);
  }

  cluster(): KubernetesCluster {
    if (this.#started === undefined) throw new RangeError('a cluster whose control plane was not started');
    const { keys, api } = this.#started;
    const nodes = this.#nodes;
    return {
      kubeconfig: keys.kubeconfig,
      directory: this.#folder.path,
      apiServer: api,
      nodes,
      servers: this.#servers,
      network: this.#network,
      ...clusterTools(keys.kubeconfig, this.#folder.path, this.#env),
      loadImage: async (archive) => {
        await Promise.all(nodes.filter((node) => node.isRunning).map((node) => node.loadImage(archive)));
      },
      close: async () => {
        await this.end();
        this.#folder.release();
      },
    };
  }

  /** Ends what was started, what depends on others before them. */
  async end(): Promise<void> {
    await stopNodes(this.#nodes);
    for (const server of [...this.#servers.values()].toReversed()) {
      if (server.isRunning) await server.kill();
    }
    if (this.#network !== undefined) await freeSlot(this.#network.slot);
  }

  /** A cluster with nodes lives as long as its etcd. */
  async #takeNetwork({ identity }: ServerProcess): Promise<ClusterNetwork | undefined> {
    if (this.#options.apiOnly !== true && identity !== undefined) this.#network = await takeSlot(identity);
    return this.#network;
  }

  async #start(name: string, server: ServerProcess): Promise<void> {
    this.#servers.set(name, server);
    await server.start();
  }

  #program(name: string): string {
    return programFile(kube, name, this.#env);
  }

  #process(name: string): ProcessConfig {
    const { stays = false, owner, onSpawn, keep = false } = this.#options;
    return {
      stays,
      ...(owner === undefined ? {} : { owner }),
      ...(keep ? {} : { sweepDirectory: this.#folder.path }),
      ...(onSpawn === undefined ? {} : { onSpawn: (identity) => onSpawn(name, identity) }),
    };
  }
}

/** Where the control plane listens if nobody but this machine asks it; nobody uses the address of a Service. */
const withoutNodes = { host: '127.0.0.1', servicesCidr: '10.96.0.0/16', servicesHost: '10.96.0.1' } as const;

/** Rejects only once both have ended, so that nothing is started after that. */
async function bothDone(...tasks: readonly Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(tasks);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}
