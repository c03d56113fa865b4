/**
 * `testbed up kubernetes`: a cluster that goes on when the command ends. In: what was asked for, a folder. Out: what runs,
 * and the lines by which a shell uses it. What is not built yet is built first.
 */
import path from 'node:path';
import type { ClusterState } from '../cluster-state.ts';
import type { ProcessIdentity } from '../process-identity.ts';
import { TestbedError } from '../testbed-error.ts';
import { buildPrograms, isBuilt, programFolder } from './go-build.ts';
import { startKubernetes } from './kube-cluster.ts';
import { apiPrograms, type GoProgram, helm, kube, metricsServer, nodePrograms } from './kube-versions.ts';
import { needForNodes } from './node-needs.ts';

/** What `up` was asked for. */
export type KubernetesUp = {
  readonly nodes: number;
  readonly apiOnly: boolean;
  readonly metrics: boolean;
  /** Of data and logs. */
  readonly directory: string;
  readonly onProgress: (line: string) => void;
};

/** The programs that a cluster of this kind needs. */
export function programsOf({ apiOnly, metrics }: Pick<KubernetesUp, 'apiOnly' | 'metrics'>): GoProgram[] {
  return [...(apiOnly ? apiPrograms : nodePrograms), ...(metrics ? [metricsServer] : [])];
}

/** Starts the cluster and waits until it is ready. Rejects with `TestbedError`; then nothing runs on. */
export async function kubernetesUp(
  config: KubernetesUp,
  onSpawn: (id: number, identity: ProcessIdentity) => void,
): Promise<ClusterState> {
  const { nodes, apiOnly, metrics, directory, onProgress } = config;
  // Before a build of a quarter of an hour, not after it.
  if (!apiOnly) needForNodes();
  await buildPrograms(programsOf(config), onProgress);
  const cluster = await startKubernetes({
    nodes,
    apiOnly,
    metrics,
    directory,
    stays: true,
    onSpawn: (_name, identity) => onSpawn(0, identity),
  });
  const servers = [...cluster.servers].map(([name, server]) => {
    if (server.identity === undefined) throw new TestbedError('SERVER_ENDED', `${name} was never started`);
    const node = cluster.nodes.find((each) => each.name === name);
    const address = name === 'kube-apiserver' ? cluster.apiServer.url : (node?.address ?? '127.0.0.1');
    return { name, identity: server.identity, address, logFile: server.logFile };
  });
  const tools = [kube, helm].filter((program) => isBuilt(program)).map((program) => programFolder(program));
  return {
    kind: 'kubernetes',
    directory,
    servers,
    environment: [`KUBECONFIG=${cluster.kubeconfig}`, `PATH=${[...tools, '$PATH'].join(path.delimiter)}`],
    ...(cluster.network === undefined ? {} : { slot: cluster.network.slot }),
  };
}
