/**
 * The network of a cluster with nodes. In: who owns it. Out: a slot, which gives addresses that no other cluster of this
 * machine has, and a bridge, to which each node has a link from a network namespace of its own. Bounded: 16 slots of 8
 * nodes. The machine's packet filter is not touched.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { isAlive, type ProcessIdentity } from '../process-identity.ts';
import { TestbedError } from '../testbed-error.ts';
import { removeCgroups } from './node-cgroups.ts';
import { systemPath } from './node-needs.ts';

const run = promisify(execFile);
const slotsMax = 16;

/** How many nodes fit into the addresses of a slot. */
export const nodesMax = 8;

/** Addresses of a cluster, as its slot gives them. */
export type ClusterNetwork = {
  readonly slot: number;
  /** Of this machine: pods reach what listens here. */
  readonly host: string;
  readonly podsCidr: string;
  readonly servicesCidr: string;
  readonly servicesHost: string;
  readonly dnsAddress: string;
};

/** Addresses and names of node `index`, from 1. */
export type NodeNetwork = {
  readonly name: string;
  readonly address: string;
  readonly podsCidr: string;
  /** The network namespace, for `nsenter --net`. */
  readonly namespaceFile: string;
  /** Name of its cgroups, below the root. */
  readonly cgroup: string;
};

/**
 * Takes a free slot for a cluster that lives as long as `owner`, and makes its bridge. A slot whose owner is gone is tidied
 * and taken. Rejects with BAD_OPTION if all 16 are taken.
 */
export async function takeSlot(owner: ProcessIdentity): Promise<ClusterNetwork> {
  for (let slot = 0; slot < slotsMax; slot += 1) {
    if (!(await addBridge(slot)) && !((await isLeft(slot)) && (await retake(slot)))) continue;
    const network = networkOf(slot);
    await ip(['link', 'set', bridgeOf(slot), 'alias', `${owner.pid} ${owner.startedAt}`]);
    await ip(['addr', 'add', `${network.host}/24`, 'dev', bridgeOf(slot)]);
    await ip(['link', 'set', bridgeOf(slot), 'up']);
    return network;
  }
  throw new TestbedError(
    'BAD_OPTION',
    `${slotsMax} clusters with nodes run on this machine; end one (ip link shows their bridges)`,
  );
}

/** Removes bridge, links, namespaces and cgroups of a slot. Its nodes have to have ended. */
export async function freeSlot(slot: number): Promise<void> {
  for (let index = 1; index <= nodesMax; index += 1) {
    await unlinkNode(slot, index);
    await removeCgroups(nodeNetwork(slot, index).cgroup);
  }
  await ipIfThere(['link', 'del', bridgeOf(slot)]);
}

/** Addresses and names of a node. */
export function nodeNetwork(slot: number, index: number): NodeNetwork {
  return {
    name: `node${index}`,
    address: `10.250.${slot}.${index + 1}`,
    podsCidr: `10.244.${slot * nodesMax + index - 1}.0/24`,
    namespaceFile: `/run/netns/${linkOf(slot, index)}`,
    cgroup: `tapeline-k8s-${slot}-${index}`,
  };
}

/** Makes a node's namespace and link, and routes to its pods, among `count` nodes. */
export async function linkNode(network: ClusterNetwork, index: number, count: number): Promise<void> {
  const { slot, host } = network;
  const link = linkOf(slot, index);
  const { address, podsCidr } = nodeNetwork(slot, index);
  await ip(['netns', 'add', link]);
  await ip(['link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', link]);
  await ip(['link', 'set', link, 'master', bridgeOf(slot), 'up']);
  const inside = (args: readonly string[]): Promise<void> => ip(['-n', link, ...args]);
  await inside(['link', 'set', 'lo', 'up']);
  await inside(['addr', 'add', `${address}/24`, 'dev', 'eth0']);
  await inside(['link', 'set', 'eth0', 'up']);
  await inside(['route', 'add', 'default', 'via', host]);
  for (let other = 1; other <= count; other += 1) {
    if (other === index) continue;
    const { podsCidr: pods, address: via } = nodeNetwork(slot, other);
    await inside(['route', 'add', pods, 'via', via]);
  }
  await run('nsenter', [`--net=/run/netns/${link}`, 'sysctl', '-qw', 'net.ipv4.ip_forward=1'], options);
  await ip(['route', 'replace', podsCidr, 'via', address]);
}

/** Takes a node's namespace and link away; nothing if there are none. */
export async function unlinkNode(slot: number, index: number): Promise<void> {
  await ipIfThere(['route', 'del', nodeNetwork(slot, index).podsCidr]);
  if (existsSync(nodeNetwork(slot, index).namespaceFile)) await ip(['netns', 'del', linkOf(slot, index)]);
  // The kernel ends a namespace, and the link with it, only some time after its name.
  await ipIfThere(['link', 'del', linkOf(slot, index)]);
}

/** Lets this machine reach Services through a node, whose kube-proxy knows them. */
export async function routeServices({ slot, servicesCidr }: ClusterNetwork, index: number): Promise<void> {
  await ip(['route', 'replace', servicesCidr, 'via', nodeNetwork(slot, index).address]);
}

const options = { env: { ...process.env, PATH: systemPath } };

function networkOf(slot: number): ClusterNetwork {
  return {
    slot,
    host: `10.250.${slot}.1`,
    podsCidr: `10.244.${slot * nodesMax}.0/21`,
    servicesCidr: `10.${96 + slot}.0.0/16`,
    servicesHost: `10.${96 + slot}.0.1`,
    dnsAddress: `10.${96 + slot}.0.10`,
  };
}

function bridgeOf(slot: number): string {
  return `tapeline-k8s-${slot}`;
}

function linkOf(slot: number, index: number): string {
  return `tapeline-${slot}-${index}`;
}

/** False if it is there: the kernel lets only one make it. */
async function addBridge(slot: number): Promise<boolean> {
  try {
    await ip(['link', 'add', bridgeOf(slot), 'type', 'bridge']);
    return true;
  } catch (error) {
    if (/File exists/.test(String((error as { stderr?: unknown }).stderr))) return false;
    throw error;
  }
}

/** Whether the cluster of a slot is gone and left its bridge. */
async function isLeft(slot: number): Promise<boolean> {
  const { stdout } = await run('ip', ['-j', '-d', 'link', 'show', bridgeOf(slot)], options);
  const [bridge] = JSON.parse(stdout) as { ifalias?: string }[];
  const [pid, startedAt] = bridge?.ifalias?.split(' ') ?? [];
  return pid !== undefined && startedAt !== undefined && !isAlive({ pid: Number(pid), startedAt });
}

async function retake(slot: number): Promise<boolean> {
  await freeSlot(slot);
  return addBridge(slot);
}

async function ip(args: readonly string[]): Promise<void> {
  await run('ip', [...args], options);
}

async function ipIfThere(args: readonly string[]): Promise<void> {
  try {
    await ip(args);
  } catch (error) {
    if (!/Cannot find device|No such process|No such file/.test(String((error as { stderr?: unknown }).stderr)))
      throw error;
  }
}
