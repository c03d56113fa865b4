/**
 * What the components of a node are told. In: names, addresses, keys, folders. Out: their settings and the commands that
 * run them, as files in the node's folder.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { TestbedError } from '../testbed-error.ts';
import type { ClusterKeys } from './cluster-keys.ts';
import { imageNames } from './image-names.ts';
import type { ClusterNetwork, NodeNetwork } from './node-network.ts';
import { networkPlugins, systemPath } from './node-needs.ts';

/** Folders of the programs a node runs. */
export type NodePrograms = { readonly kube: string; readonly containerd: string };

/** What a node has to know. */
export type NodeSettings = {
  readonly folder: string;
  readonly node: NodeNetwork;
  readonly network: ClusterNetwork;
  readonly keys: ClusterKeys;
  readonly programs: NodePrograms;
  /** `topology.kubernetes.io/zone`. */
  readonly zone: string;
};

/** The longest path that a socket may have on Linux. */
const socketPathMax = 107;

/** Where containerd listens. */
export function containerdSocket(folder: string): string {
  return path.join(folder, 'cri.sock');
}

/** Writes all files of a node. Throws BAD_OPTION if its folder lies too deep for a socket. */
export function writeNode(settings: NodeSettings): void {
  const { folder, node } = settings;
  const socket = containerdSocket(folder);
  // containerd has a second one, with this ending.
  if (Buffer.byteLength(`${socket}.ttrpc`) > socketPathMax) {
    throw new TestbedError(
      'BAD_OPTION',
      `${socket} is too long for a socket, of at most ${socketPathMax} bytes; choose another folder`,
    );
  }
  const write = (name: string, text: string): void => {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  };
  const writeJson = (name: string, value: unknown): void => write(name, `${JSON.stringify(value, undefined, 2)}\n`);
  write('containerd.toml', containerdToml(folder));
  writeJson('cni/10-pods.conflist', podNetwork(node));
  writeJson('kubelet.json', kubeletSettings(settings));
  writeJson('kube-proxy.json', proxySettings(settings));
  // Pods get the names of the cluster alone.
  write('resolv.conf', '');
  for (const [name, command] of Object.entries(commandsOf(settings))) {
    write(
      `components/${name}`,
      `#!/bin/sh\nexport PATH=${settings.programs.containerd}:${systemPath}\nexec ${command.map(quoted).join(' ')}\n`,
    );
    chmodSync(path.join(folder, 'components', name), 0o755);
  }
  mkdirSync(path.join(folder, 'pod-logs'), { recursive: true });
}

function commandsOf({ folder, node, keys, programs, zone }: NodeSettings): Record<string, string[]> {
  return {
    containerd: [path.join(programs.containerd, 'containerd'), '-c', path.join(folder, 'containerd.toml')],
    kubelet: [
      path.join(programs.kube, 'kubelet'),
      `--config=${path.join(folder, 'kubelet.json')}`,
      `--kubeconfig=${keys.file(`kubelet-${node.name}.kubeconfig`)}`,
      `--root-dir=${path.join(folder, 'kubelet')}`,
      `--cert-dir=${path.join(folder, 'kubelet', 'pki')}`,
      `--node-ip=${node.address}`,
      `--hostname-override=${node.name}`,
      `--node-labels=topology.kubernetes.io/zone=${zone}`,
    ],
    'kube-proxy': [path.join(programs.kube, 'kube-proxy'), `--config=${path.join(folder, 'kube-proxy.json')}`],
  };
}

function containerdToml(folder: string): string {
  const cri = 'io.containerd.cri.v1';
  return `version = 3
root = "${path.join(folder, 'containerd')}"
state = "/run/containerd"
disabled_plugins = ["io.containerd.nri.v1.nri", "io.containerd.internal.v1.opt"]
[grpc]
  address = "${containerdSocket(folder)}"
[plugins."${cri}.images"]
  snapshotter = "overlayfs"
  [plugins."${cri}.images".pinned_images]
    sandbox = "${imageNames.pause}"
[plugins."${cri}.runtime"]
  disable_apparmor = true
  # Where root may not lower the score of the killer of processes, containers would not start otherwise.
  restrict_oom_score_adj = true
  [plugins."${cri}.runtime".cni]
    bin_dirs = ["${networkPlugins}"]
    conf_dir = "${path.join(folder, 'cni')}"
  [plugins."${cri}.runtime".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."${cri}.runtime".containerd.runtimes.runc.options]
      SystemdCgroup = false
`;
}

function podNetwork({ podsCidr }: NodeNetwork): unknown {
  const ipam = { type: 'host-local', ranges: [[{ subnet: podsCidr }]], routes: [{ dst: '0.0.0.0/0' }] };
  const bridge = { type: 'bridge', bridge: 'cni0', isGateway: true, ipMasq: false, hairpinMode: true, ipam };
  const ports = { type: 'portmap', capabilities: { portMappings: true } };
  return { cniVersion: '1.0.0', name: 'pods', plugins: [bridge, ports] };
}

function kubeletSettings({ folder, node, network, keys }: NodeSettings): unknown {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    failCgroupV1: false,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${node.cgroup}`,
    failSwapOn: false,
    containerRuntimeEndpoint: `unix://${containerdSocket(folder)}`,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: keys.file('ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: keys.file(`kubelet-server-${node.name}.crt`),
    tlsPrivateKeyFile: keys.file(`kubelet-server-${node.name}.key`),
    clusterDNS: [network.dnsAddress],
    clusterDomain: 'cluster.local',
    resolvConf: path.join(folder, 'resolv.conf'),
    podLogsDir: path.join(folder, 'pod-logs'),
    // Images that no registry has must not be tidied away, nor pods because the machine's disk is nearly full.
    imageGCHighThresholdPercent: 100,
    evictionHard: {
      'memory.available': '100Mi',
      'nodefs.available': '1%',
      'imagefs.available': '1%',
      'nodefs.inodesFree': '1%',
    },
  };
}

function proxySettings({ node, network, keys }: NodeSettings): unknown {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    clientConnection: { kubeconfig: keys.file('kube-proxy.kubeconfig') },
    mode: 'iptables',
    clusterCIDR: network.podsCidr,
    hostnameOverride: node.name,
    // Of the whole machine, and not to be changed from a namespace.
    conntrack: { maxPerCore: 0, min: 0, tcpCloseWaitTimeout: '0s', tcpEstablishedTimeout: '0s' },
  };
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
