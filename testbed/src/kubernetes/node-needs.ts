/**
 * What this machine needs for nodes of its own. In: an environment. Out: nothing, or an error that names all that is
 * missing and how to get it. An API server alone needs none of it.
 */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { findTool } from '../find-tool.ts';
import { TestbedError } from '../testbed-error.ts';

/** Where Debian keeps the plugins that give pods their addresses. */
export const networkPlugins = '/usr/lib/cni';
/** Programs of nodes are found here even if the user's PATH leaves them out. */
export const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const cgroupRoot = '/sys/fs/cgroup';
const packages = {
  runc: 'runc',
  ip: 'iproute2',
  iptables: 'iptables',
  conntrack: 'conntrack',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  mount: 'mount',
} as const;

/** Throws TOOL_MISSING. */
export function needForNodes(): void {
  const lacks: string[] = [];
  if (process.platform !== 'linux') lacks.push('Linux (elsewhere: set KUBECONFIG to a cluster of yours, such as kind)');
  else if (process.getuid?.() !== 0)
    lacks.push('root, for namespaces and addresses of nodes (run as root, or use --api-only)');
  const missing = Object.entries(packages).filter(([tool]) => findTool(tool, { PATH: systemPath }) === undefined);
  const wanted = new Set<string>(missing.map(([, debian]) => debian));
  if (!existsSync(path.join(networkPlugins, 'bridge'))) wanted.add('containernetworking-plugins');
  if (wanted.size > 0) lacks.push(`Debian's ${[...wanted].join(', ')} (apt-get install ${[...wanted].join(' ')})`);
  if (process.platform === 'linux' && cgroupFolders().length === 0) lacks.push(`cgroups (mount them at ${cgroupRoot})`);
  if (lacks.length > 0) throw new TestbedError('TOOL_MISSING', `nodes of Kubernetes need ${lacks.join('; ')}`);
}

/** The roots of all hierarchies: one of version 2, or several of version 1. */
export function cgroupFolders(): string[] {
  if (existsSync(path.join(cgroupRoot, 'cgroup.controllers'))) return [cgroupRoot];
  if (!existsSync(cgroupRoot)) return [];
  return readdirSync(cgroupRoot)
    .map((name) => path.join(cgroupRoot, name))
    .filter((folder) => existsSync(path.join(folder, 'cgroup.procs')));
}
