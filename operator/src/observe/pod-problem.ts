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

/** Those of them that are about its image. */
const ofImage: ReadonlySet<string> = new Set([
  'ImagePullBackOff',
  'ErrImagePull',
  'ErrImageNeverPull',
  'InvalidImageName',
]);

/** Those of them before which nothing of it ran, so that there are no last words. */
const ofConfig: ReadonlySet<string> = new Set(['CreateContainerConfigError', 'CreateContainerError']);

/** What a person does about words of the scheduler: the first that fit. They are no contract; for others there is a general remedy. */
const remediesOfWords: readonly (readonly [RegExp, string])[] = [
  [/Insufficient /, 'add a node, or ask for less in resources.requests'],
  [/Too many pods/, 'add a node'],
  [/persistentvolumeclaim ".*" not found/, 'make that claim'],
  [
    /unbound immediate PersistentVolumeClaims|volumes? to bind/,
    'give its claim a volume, or a storage class that makes one',
  ],
  [/volume node affinity conflict/, 'its volume is bound to other nodes: bring one of these back, or move the volume'],
  [/untolerated taint/, 'take the taint off a node, or bear it with template.tolerations'],
  [/node affinity\/selector/, 'label a node so, or change template.nodeSelector and template.affinity'],
  [/anti-affinity|topology spread/, 'add a node, or change template.affinity and template.topologySpreadConstraints'],
  [/were unschedulable/, 'kubectl uncordon a node'],
  [/no nodes available/, 'add a node'],
];

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
    const words = unscheduled.message ?? 'the scheduler gave no reason';
    const remedy = remediesOfWords.find(([known]) => known.test(words))?.[1];
    const look = `kubectl describe pod -n ${namespace} ${name}`;
    return {
      kind: 'unschedulable',
      message: `no node takes pod ${name}: ${words.replace(/[.\s]+$/, '')}; ${remedy ?? `look at ${look}`}`,
    };
  }
  for (const { state, lastState } of [...initContainerStatuses, ...containerStatuses]) {
    const { reason = '', message = '' } = state?.waiting ?? {};
    if (!broken.has(reason)) continue;
    const { exitCode, message: last = '' } = lastState?.terminated ?? {};
    const ended = exitCode === undefined ? '' : `; it ended with ${exitCode}${last === '' ? '' : ` (${last.trim()})`}`;
    const words = reason === 'CrashLoopBackOff' || message === '' ? '' : ` (${message})`;
    return { kind: 'failing', message: `pod ${name}: ${reason}${words}${ended}; ${failingRemedy(reason, pod)}` };
  }
  return undefined;
}

function failingRemedy(reason: string, { metadata: { name, namespace } }: KubeObject): string {
  if (ofImage.has(reason)) {
    return 'give nodes the image: correct its name (--image of the operator), its registry, or template.imagePullSecrets';
  }
  if (ofConfig.has(reason)) return `make what it names, or look at kubectl describe pod -n ${namespace} ${name}`;
  return `look at kubectl logs -n ${namespace} ${name} --previous`;
}
