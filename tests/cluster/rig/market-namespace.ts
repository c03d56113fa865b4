/**
 * The namespace of the release, as a careful cluster has it: it takes no pod that is not restricted. In: the cluster's tools. Out: the
 * namespace, empty.
 */
import type { ClusterTools } from '@tapeline/testbed';
import { release } from './release.ts';

/** Makes the namespace of the release, which enforces `restricted`. Rejects if there is one. */
export async function makeNamespace({ kubectl }: ClusterTools): Promise<void> {
  await kubectl(['create', 'namespace', release.namespace]);
  const enforced = ['enforce', 'warn'].map((mode) => `pod-security.kubernetes.io/${mode}=restricted`);
  await kubectl(['label', 'namespace', release.namespace, ...enforced]);
}
