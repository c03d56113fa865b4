/**
 * The nodes of a cluster. In: a control plane that serves, a network. Out: nodes that are ready, with the cluster's own
 * images in them and its Services running.
 */
import path from 'node:path';
import { untilAnswered } from './api-question.ts';
import type { ProcessConfig } from './api-server.ts';
import { clusterAddons, metricsAddons } from './cluster-addons.ts';
import { clusterImages } from './cluster-images.ts';
import type { ClusterKeys } from './cluster-keys.ts';
import type { Tool } from './cluster-tools.ts';
import { programFolder } from './go-build.ts';
import { KubernetesNode } from './kube-node.ts';
import { containerd, kube } from './kube-versions.ts';
import { type ClusterNetwork, nodeNetwork, routeServices } from './node-network.ts';
import { writeNode } from './node-settings.ts';

/** What nodes are made of. */
export type NodesConfig = {
  readonly count: number;
  readonly network: ClusterNetwork;
  readonly keys: ClusterKeys;
  /** Of the cluster. */
  readonly folder: string;
  readonly hasMetrics: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly processOf: (name: string) => ProcessConfig;
};

const registeredWithinMs = 60_000;
const readyWithin = '--timeout=120s';
const zones = ['a', 'b', 'c'] as const;

/** Where the volumes of a cluster lie: a folder that all its nodes have in common. */
export function volumesOf(folder: string): string {
  return path.join(folder, 'volumes');
}

/** Writes the files of all nodes; none is started. */
export function prepareNodes(config: NodesConfig): KubernetesNode[] {
  const { count, network, keys, folder, env, processOf } = config;
  const programs = { kube: programFolder(kube, env), containerd: programFolder(containerd, env) };
  const nodes: KubernetesNode[] = [];
  const onPower = async (): Promise<void> => {
    const through = nodes.findIndex((node) => node.isRunning);
    if (through >= 0) await routeServices(network, through + 1);
  };
  for (let index = 1; index <= count; index += 1) {
    const node = nodeNetwork(network.slot, index);
    const nodeFolder = path.join(folder, node.name);
    keys.addNode(node.name, node.address);
    const zone = `zone-${zones[(index - 1) % zones.length]}`;
    writeNode({ folder: nodeFolder, node, network, keys, programs, zone });
    const place = { network, index, count, folder: nodeFolder, volumes: volumesOf(folder), onPower };
    nodes.push(new KubernetesNode({ ...place, containerd: programs.containerd }, processOf(node.name)));
  }
  return nodes;
}

/** Starts nodes and waits until they and the cluster's own Services are ready. Rejects with `TestbedError`. */
export async function startNodes(nodes: readonly KubernetesNode[], config: NodesConfig, kubectl: Tool): Promise<void> {
  const images = await clusterImages(config.hasMetrics, config.env);
  await Promise.all(
    nodes.map(async (node) => {
      await node.start();
      // Before anything asks for one: what was not there is looked for again only after a while.
      for (const image of images) await node.loadImage(image);
    }),
  );
  const objects = [...clusterAddons(config.network.dnsAddress), ...(config.hasMetrics ? metricsAddons() : [])];
  await kubectl(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }) });
  const paths = nodes.map((node) => `/api/v1/nodes/${node.name}`);
  await untilAnswered(config.keys, paths, registeredWithinMs);
  await kubectl(['wait', '--for=condition=Ready', 'node', '--all', readyWithin]);
  const deployments = ['coredns', ...(config.hasMetrics ? ['metrics-server'] : [])];
  for (const name of deployments)
    await kubectl(['-n', 'kube-system', 'rollout', 'status', `deploy/${name}`, readyWithin]);
}

/** Ends nodes, those that run and those whose start failed. */
export async function stopNodes(nodes: readonly KubernetesNode[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.stop()));
}
