/**
 * Objects that an older definition let in. In: the control plane, objects. Out: the objects there, under definitions that would
 * refuse them now: durations of any text were taken for as long as it took to make them.
 */
import type { KubeObject } from '@tapeline/kubernetes';
import { definitionFiles } from '@tapeline/operator';
import { until } from '../../faults/rig/until.ts';
import { applyTexts, type OperatorCluster } from './operator-cluster.ts';

/** Makes them. */
export async function letInBefore(
  { cluster }: OperatorCluster,
  put: (object: KubeObject) => Promise<void>,
  objects: readonly KubeObject[],
): Promise<void> {
  const definitions = [...definitionFiles().values()];
  await applyTexts(
    cluster,
    definitions.map((text) => text.replaceAll(durationPattern, '')),
  );
  for (const object of objects) {
    // A new definition is served a moment after it was taken.
    await until('the older definition takes it', async () => isTaken(put, object), { withinMs: 30_000 });
  }
  await applyTexts(cluster, definitions);
}

const durationPattern = / *pattern: .*\(ms\|s\|m\|h\|d\).*\n/g;

async function isTaken(put: (object: KubeObject) => Promise<void>, object: KubeObject): Promise<boolean> {
  return put(object).then(
    () => true,
    (error: unknown) => {
      if (String(error).includes('should match')) return false;
      throw error;
    },
  );
}
