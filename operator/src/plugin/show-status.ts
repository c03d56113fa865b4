/**
 * Asks a cluster and draws what it says. In: what was asked, and the kubeconfig that kubectl uses. Out: trees, and an exit code. Nothing
 * is changed. What cannot be asked is told in one line.
 */
import type { KubeObject } from '@tapeline/kubernetes';
import { tickStoreType, tickStreamType } from '../crd/group.ts';
import { conditionsIn } from '../runtime/conditions.ts';
import { type AskedCluster, listed, namedStreams, onCluster } from './open-cluster.ts';
import type { StatusCaller, StatusWish } from './status-command.ts';
import { statusTree, storesWithout } from './status-tree.ts';

/** The exit code, after the trees were written. */
export async function showStatus(wish: StatusWish, caller: StatusCaller): Promise<number> {
  return onCluster(wish, caller, (cluster) => show(cluster, wish, caller));
}

async function show(cluster: AskedCluster, { names }: StatusWish, caller: StatusCaller): Promise<number> {
  const [all, stores] = await Promise.all([
    listed(cluster, tickStreamType, caller.stop),
    listed(cluster, tickStoreType, caller.stop),
  ]);
  const silent = { ...caller, complain: () => undefined };
  const { streams } = namedStreams(all, names, cluster, silent);
  const loneStores = names.length === 0 ? storesWithout(streams, stores) : [];
  const lines = statusTree({ streams, stores, loneStores });
  await caller.write(lines.map((line) => `${line}\n`).join(''));
  // What is missing is told after what is there.
  const { isWhole } = namedStreams(all, names, cluster, caller);
  return isWhole && [...streams, ...loneStores].every(isReady) ? 0 : 1;
}

function isReady({ status: told }: KubeObject): boolean {
  return conditionsIn(told).some(({ type, status }) => type === 'Ready' && status === 'True');
}
