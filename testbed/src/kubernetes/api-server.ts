/**
 * The API server of a cluster, and etcd behind it. In: addresses, keys, a folder. Out: a process that can be killed,
 * frozen and started again on its address, and a history that can be forgotten.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type ServerCommand, ServerProcess } from '../server-process.ts';
import { TestbedError } from '../testbed-error.ts';
import { untilAnswered } from './api-question.ts';
import type { ClusterKeys } from './cluster-keys.ts';

/** Where the parts of a cluster's control plane listen. */
export type ControlAddresses = {
  readonly host: string;
  readonly port: number;
  readonly etcdPort: number;
  /** From which Services get their addresses. */
  readonly servicesCidr: string;
  /** Whether pods can reach `host`; if not, the Service `kubernetes` has no address. */
  readonly isReachable: boolean;
};

/** What may be chosen of an API server. */
export type ApiServerConfig = {
  /**
   * Whether watches are served from memory; default true. Without, each goes to etcd, and a compaction is at once seen by
   * who watches from before.
   */
  readonly watchCache?: boolean;
  /** Whether every request is noted in `auditFile`, one JSON object a line, without bodies. Default false. */
  readonly audit?: boolean;
};

/** Of a process: how it is started, but not what. */
export type ProcessConfig = Pick<ServerCommand, 'stays' | 'owner' | 'sweepDirectory' | 'onSpawn'>;

const etcdReadyWithinMs = 30_000;
const apiReadyWithinMs = 90_000;
const etcdCallTimeoutMs = 10_000;

/** Runs until it is killed. After `kill()`, `start()` brings it back with the same address, keys and objects. */
export class ApiServer {
  readonly url: string;
  readonly logFile: string;
  /** What was asked, if `audit` was chosen. */
  readonly auditFile: string;
  readonly #process: ServerProcess;
  readonly #keys: ClusterKeys;
  readonly #etcdUrl: string;

  constructor(command: ServerCommand, keys: ClusterKeys, etcdPort: number) {
    this.#process = new ServerProcess(command);
    this.#keys = keys;
    this.#etcdUrl = `http://127.0.0.1:${etcdPort}`;
    this.url = keys.server;
    this.logFile = command.logFile;
    this.auditFile = path.join(command.directory, 'audit.log');
  }

  /** Of the process that was started last. */
  get pid(): number {
    return this.#process.pid;
  }

  /** The process itself. */
  get process(): ServerProcess {
    return this.#process;
  }

  /** Starts it and waits until it answers `/readyz`. */
  async start(): Promise<void> {
    await this.#process.start();
    await untilAnswered(this.#keys, ['/readyz', '/api/v1/namespaces/default'], apiReadyWithinMs);
  }

  /** Ends it: SIGKILL drops every connection, SIGTERM lets it say goodbye. Resolves once it has ended. */
  async kill(name: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    await this.#process.kill(name);
  }

  /** Freezes it: connections stay open and say nothing. */
  async stop(): Promise<void> {
    await this.#process.kill('SIGSTOP');
  }

  /** Lets it go on after `stop()`. */
  async cont(): Promise<void> {
    await this.#process.kill('SIGCONT');
  }

  /**
   * Compacts etcd up to now: its history is gone. Who lists on with an older token gets 410; who watches from an older
   * version does so without the watch cache, or once the API server has started anew. Resolves with the revision.
   */
  async compact(): Promise<number> {
    const { header } = (await this.#etcd('/v3/kv/range', { key: 'AA==' })) as { header: { revision: string } };
    await this.#etcd('/v3/kv/compaction', { revision: header.revision, physical: true });
    return Number(header.revision);
  }

  /** Compacts etcd and starts the API server anew, so that every watch and list from before is answered with 410. */
  async forget(): Promise<void> {
    await this.compact();
    await this.kill();
    await this.start();
  }

  async #etcd(call: string, body: unknown): Promise<unknown> {
    const response = await fetch(`${this.#etcdUrl}${call}`, {
      method: 'POST',
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(etcdCallTimeoutMs),
    });
    const text = await response.text();
    if (!response.ok) throw new TestbedError('NOT_READY', `etcd answered ${call} with ${response.status}: ${text}`);
    return JSON.parse(text);
  }
}

/** etcd: one member, which does not wait for its disk, as the machine is not to be cut off. */
export function etcdProcess(
  program: string,
  folder: string,
  ports: { readonly etcdPort: number; readonly etcdPeerPort: number },
  config: ProcessConfig,
): ServerProcess {
  const directory = path.join(folder, 'etcd');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const client = `http://127.0.0.1:${ports.etcdPort}`;
  const peer = `http://127.0.0.1:${ports.etcdPeerPort}`;
  return new ServerProcess({
    ...config,
    name: 'etcd',
    command: program,
    directory,
    logFile: path.join(directory, 'server.log'),
    readyLines: [/ready to serve client requests/],
    readyWithinMs: etcdReadyWithinMs,
    args: [
      '--name=testbed',
      `--data-dir=${path.join(directory, 'data')}`,
      '--unsafe-no-fsync',
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=testbed=${peer}`,
    ],
  });
}

/** The API server, not started yet. */
export function apiServer(
  program: string,
  folder: string,
  addresses: ControlAddresses,
  keys: ClusterKeys,
  config: ApiServerConfig & ProcessConfig,
): ApiServer {
  const { watchCache = true, audit = false, ...processConfig } = config;
  const directory = path.join(folder, 'kube-apiserver');
  mkdirSync(directory, { recursive: true });
  const command: ServerCommand = {
    ...processConfig,
    name: 'the API server',
    command: program,
    directory,
    logFile: path.join(directory, 'server.log'),
    readyLines: [/Serving securely on/],
    readyWithinMs: apiReadyWithinMs,
    args: [
      ...addressArguments(addresses),
      ...keyArguments(keys),
      `--watch-cache=${watchCache}`,
      ...(audit ? auditArguments(directory) : []),
    ],
  };
  return new ApiServer(command, keys, addresses.etcdPort);
}

function addressArguments({ host, port, etcdPort, servicesCidr, isReachable }: ControlAddresses): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    `--bind-address=${host}`,
    `--advertise-address=${host}`,
    `--secure-port=${port}`,
    `--service-cluster-ip-range=${servicesCidr}`,
    `--endpoint-reconciler-type=${isReachable ? 'lease' : 'none'}`,
    '--allow-privileged=true',
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    '--kubelet-preferred-address-types=InternalIP,Hostname',
    // Services of the aggregated API are asked at their pods: the machine itself has no kube-proxy.
    '--enable-aggregator-routing=true',
    '--profiling=false',
  ];
}

function keyArguments({ file }: ClusterKeys): string[] {
  return [
    `--client-ca-file=${file('ca.crt')}`,
    `--tls-cert-file=${file('apiserver.crt')}`,
    `--tls-private-key-file=${file('apiserver.key')}`,
    `--kubelet-client-certificate=${file('apiserver-kubelet.crt')}`,
    `--kubelet-client-key=${file('apiserver-kubelet.key')}`,
    `--kubelet-certificate-authority=${file('ca.crt')}`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${file('tokens.pub')}`,
    `--service-account-signing-key-file=${file('tokens.key')}`,
    `--requestheader-client-ca-file=${file('front-ca.crt')}`,
    '--requestheader-allowed-names=front-proxy-client',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-username-headers=X-Remote-User',
    `--proxy-client-cert-file=${file('front-client.crt')}`,
    `--proxy-client-key-file=${file('front-client.key')}`,
  ];
}

function auditArguments(directory: string): string[] {
  const policy = path.join(directory, 'audit-policy.json');
  const rules = [{ level: 'Metadata', omitStages: ['RequestReceived'] }];
  writeFileSync(policy, JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules }));
  return [`--audit-policy-file=${policy}`, `--audit-log-path=${path.join(directory, 'audit.log')}`];
}
