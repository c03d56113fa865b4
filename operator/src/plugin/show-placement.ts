/**
 * Asks a cluster where instruments live. In: what was asked, and the kubeconfig that kubectl uses. Out: lines of each stream, and an
 * exit code: 0 if every stream that was named is shown, 1 if one is not there. Nothing is changed.
 */
import { systemClock } from '@tapeline/runtime';
import { tickStreamType } from '../crd/group.ts';
import { type Asker, listed, namedStreams, onCluster } from './open-cluster.ts';
import type { ViewWish } from './placement-command.ts';
import { placementLines } from './placement-text.ts';

/** The exit code, after the lines were written. */
export async function showPlacement(wish: ViewWish, asker: Asker): Promise<number> {
  return onCluster(wish, asker, async (cluster) => {
    const all = await listed(cluster, tickStreamType, asker.stop);
    const { streams, isWhole } = namedStreams(all, wish.names, cluster, asker);
    const nowMs = systemClock.nowMs();
    const lines = streams.flatMap((stream) => placementLines(wish.view, stream, nowMs));
    await asker.write(lines.map((line) => `${line}\n`).join(''));
    return isWhole ? 0 : 1;
  });
}
