/**
 * A node of a cluster: a machine in all but the kernel, with its own processes, network and disk. In: its place in a
 * cluster. Out: a node that can lose its power, and come back with what was on its disk.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { identify, signal } from '../process-identity.ts';
import { type ServerCommand, ServerProcess } from '../server-process.ts';
import { TestbedError } from '../testbed-error.ts';
import type { ProcessConfig } from './api-server.ts';
import { provisionerFolder } from './controllers.ts';
import { makeCgroups, removeCgroups } from './node-cgroups.ts';
import { type ClusterNetwork, linkNode, nodeNetwork, unlinkNode } from './node-network.ts';
import { systemPath } from './node-needs.ts';
import { containerdSocket } from './node-settings.ts';

const run = promisify(execFile);
const readyWithinMs = 30_000;
const socketWithinMs = 60_000;
const lookEveryMs = 50;
const importTimeoutMs = 300_000;
const supervisor = fileURLToPath(new URL('../../src/kubernetes/programs/node/supervise.sh', import.meta.url));

/** Where a node is, and what it runs. */
export type NodePlace = {
  readonly network: ClusterNetwork;
  /** From 1. */
  readonly index: number;
  /** How many nodes the cluster has. */
  readonly count: number;
  readonly folder: string;
  /** Of the volumes, which all nodes have in common. */
  readonly volumes: string;
  /** Folder of `ctr`. */
  readonly containerd: string;
  /** Called after the node got power, or lost it. */
  readonly onPower: () => Promise<void>;
};

/** One node. After `stop()`, `start()` brings it back. */
export class KubernetesNode {
  /** Of the Node object. */
  readonly name: string;
  /** Reachable from this machine. */
  readonly address: string;
  /** Settings, disk, and the log of each component as `NAME.log`. */
  readonly folder: string;
  readonly process: ServerProcess;
  readonly #place: NodePlace;

  constructor(place: NodePlace, config: ProcessConfig) {
    const { network, index, folder, volumes } = place;
    const { name, address, namespaceFile } = nodeNetwork(network.slot, index);
    this.name = name;
    this.address = address;
    this.folder = folder;
    this.#place = place;
    const namespaces = ['--mount', '--pid', '--uts', '--ipc', '--fork', '--kill-child'];
    const command: ServerCommand = {
      ...config,
      name,
      command: 'nsenter',
      args: [
        `--net=${namespaceFile}`,
        'unshare',
        ...namespaces,
        'bash',
        supervisor,
        name,
        folder,
        volumes,
        provisionerFolder,
      ],
      directory: folder,
      logFile: path.join(folder, 'supervisor.log'),
      readyLines: [/^the node \S+ runs$/m],
      readyWithinMs,
    };
    this.process = new ServerProcess(command);
  }

  get isRunning(): boolean {
    return this.process.isRunning;
  }

  /** Gives it power, with the disk as it was. Resolves once images can be loaded; the Node object is ready some seconds later. */
  async start(): Promise<void> {
    const { network, index, count, folder } = this.#place;
    mkdirSync(this.#place.volumes, { recursive: true });
    rmSync(containerdSocket(folder), { force: true });
    makeCgroups(nodeNetwork(network.slot, index).cgroup);
    await linkNode(network, index, count);
    await this.process.start();
    await untilThere(containerdSocket(folder), socketWithinMs);
    await this.#place.onPower();
  }

  /** Cuts its power: every process and container of it is gone at once, and nobody is told. */
  async stop(): Promise<void> {
    const { network, index } = this.#place;
    const outer = this.process.identity;
    const inner = outer === undefined ? undefined : firstChild(outer.pid);
    // What is waited for ends only when the last process of the namespace has.
    if (inner !== undefined && outer !== undefined && this.process.isRunning) signal(inner, 'SIGKILL');
    if (inner !== undefined) await this.process.stopped;
    await this.process.kill();
    await unlinkNode(network.slot, index);
    await removeCgroups(nodeNetwork(network.slot, index).cgroup);
    await this.#place.onPower();
  }

  /** Takes an image from an archive (OCI or Docker). Rejects with TOOL_FAILED. */
  async loadImage(archive: string): Promise<void> {
    await importImage(this.#place.containerd, this.folder, archive);
  }
}

/** Lets the containerd of a node's folder, of this or another process, take an image. Rejects with TOOL_FAILED. */
export async function importImage(containerd: string, folder: string, archive: string): Promise<void> {
  const args = ['--address', containerdSocket(folder), '--namespace', 'k8s.io', 'images', 'import', archive];
  try {
    const env = { ...process.env, PATH: systemPath };
    await run(path.join(containerd, 'ctr'), args, { timeout: importTimeoutMs, env });
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    throw new TestbedError('TOOL_FAILED', `the node of ${folder} could not take ${archive}: ${stderr.trim()}`, {
      cause: error,
    });
  }
}

function firstChild(pid: number): ReturnType<typeof identify> {
  const children = `/proc/${pid}/task/${pid}/children`;
  if (!existsSync(children)) return undefined;
  const [child] = readFileSync(children, 'utf8').trim().split(' ');
  return child === undefined || child === '' ? undefined : identify(Number(child));
}

async function untilThere(file: string, withinMs: number): Promise<void> {
  const until = performance.now() + withinMs;
  while (!existsSync(file)) {
    if (performance.now() >= until) {
      throw new TestbedError('NOT_READY', `${file} was not there within ${withinMs} ms; see the logs beside it`);
    }
    await sleep(lookEveryMs);
  }
}
