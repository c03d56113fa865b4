/**
 * Why pods do not become ready. In: pods as the API has them. Out: the first problem that a person can act on, with the pod's name
 * and Kubernetes' own words. Pods that are only on their way have none.
 */
import type { KubeObject } from '@tapeline/kubernetes';
import type { PodProblem } from './stream-observed.ts';

type ContainerStatus = {
  readonly name: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
  readonly lastState?: {
    readonly terminated?: { readonly exitCode?: number; readonly reason?: string; readonly message?: string };
  };
};
type PodCondition = {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
};
type PodStatus = {
  readonly conditions?: readonly PodCondition[];
  readonly initContainerStatuses?: readonly ContainerStatus[];
  readonly containerStatuses?: readonly ContainerStatus[];
};

/** What a container waits for that does not pass by itself. */
const broken: ReadonlySet<string> = new Set([
  'CrashLoopBackOff',
  'ImagePullBackOff',
  'ErrImagePull',
  'ErrImageNeverPull',
  'InvalidImageName',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
]);

/** The first problem; pods that go are passed over. */
export function podProblem(pods: readonly KubeObject[]): PodProblem | undefined {
  const staying = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const sorted = staying.toSorted((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1));
  for (const pod of sorted) {
    const problem = problemOf(pod);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function problemOf(pod: KubeObject): PodProblem | undefined {
  const { name, namespace } = pod.metadata;
  const { conditions = [], initContainerStatuses = [], containerStatuses = [] } = (pod['status'] ?? {}) as PodStatus;
  const unscheduled = conditions.find(
    ({ type, status, reason }) => type === 'PodScheduled' && status === 'False' && reason === 'Unschedulable',
  );
  if (unscheduled !== undefined) {
    return { kind: 'unschedulable', message: `no node takes pod ${name}: ${unscheduled.message ?? 'no reason given'}` };
  }
  for (const { state, lastState } of [...initContainerStatuses, ...containerStatuses]) {
    const { reason = '', message = '' } = state?.waiting ?? {};
    if (!broken.has(reason)) continue;
    const { exitCode, message: last = '' } = lastState?.terminated ?? {};
    const ended = exitCode === undefined ? '' : `; it ended with ${exitCode}${last === '' ? '' : ` (${last.trim()})`}`;
    const words = reason === 'CrashLoopBackOff' ? '' : ` (${message})`;
    const look = `kubectl logs -n ${namespace} ${name} --previous`;
    return { kind: 'failing', message: `pod ${name}: ${reason}${words}${ended}; look at ${look}` };
  }
  return undefined;
}
