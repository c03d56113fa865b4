/**
 * How many templates the pods of a Deployment are of. In: pods as the API has them. Out: a count. Pods on their way out count until they
 * are gone: a worker may own partitions until then, and its Deployment has counted it out before.
 */
import type { KubeObject } from '@tapeline/kubernetes';

/** Set by Kubernetes on each pod of a Deployment, another one for each template. */
const templateLabel = 'pod-template-hash';
/** Nothing of such a pod runs any more, and it stays listed, as one that was evicted does. */
const ended: readonly unknown[] = ['Succeeded', 'Failed'];

/** The count, 0 without a pod. */
export function podTemplates(pods: readonly KubeObject[]): number {
  const running = pods.filter(
    (pod) => !ended.includes((pod['status'] as { readonly phase?: unknown } | undefined)?.phase),
  );
  return new Set(running.map(({ metadata }) => metadata.labels?.[templateLabel] ?? '')).size;
}
