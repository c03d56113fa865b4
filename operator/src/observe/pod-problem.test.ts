/** What keeps pods from work is told with the pod's name; pods that only begin or go have no problem. */
import type { KubeObject } from '@tapeline/kubernetes';
import { expect, test } from 'vitest';
import { podProblem } from './pod-problem.ts';

function pod(name: string, status: unknown, metadata: Partial<KubeObject['metadata']> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'n', ...metadata }, status };
}

const unschedulable = {
  conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes' }],
};
const crashing = {
  containerStatuses: [
    {
      name: 'c',
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { exitCode: 2, message: 'no broker' } },
    },
  ],
};

test.each([
  [
    'one that begins',
    [pod('a', { containerStatuses: [{ name: 'c', state: { waiting: { reason: 'ContainerCreating' } } }] })],
    undefined,
  ],
  ['one without a status', [pod('a', undefined)], undefined],
  ['one that goes', [pod('a', crashing, { deletionTimestamp: 'now' })], undefined],
  [
    'one without a node',
    [pod('a', unschedulable)],
    { kind: 'unschedulable', message: 'no node takes pod a: 0/3 nodes; look at kubectl describe pod -n n a' },
  ],
  [
    'one that crashes, with its exit code and last words',
    [pod('b', crashing)],
    {
      kind: 'failing',
      message: 'pod b: CrashLoopBackOff; it ended with 2 (no broker); look at kubectl logs -n n b --previous',
    },
  ],
  [
    'one without its image',
    [
      pod('a', {
        initContainerStatuses: [{ name: 'i', state: { waiting: { reason: 'ErrImagePull', message: 'denied' } } }],
      }),
    ],
    {
      kind: 'failing',
      message:
        'pod a: ErrImagePull (denied); give nodes the image: correct its name (--image of the operator), its registry, or template.imagePullSecrets',
    },
  ],
  [
    'one whose secret is missing',
    [
      pod('a', {
        containerStatuses: [
          { name: 'c', state: { waiting: { reason: 'CreateContainerConfigError', message: 'secret "s" not found' } } },
        ],
      }),
    ],
    {
      kind: 'failing',
      message:
        'pod a: CreateContainerConfigError (secret "s" not found); make what it names, or look at kubectl describe pod -n n a',
    },
  ],
  [
    'the first by name of several',
    [pod('z', crashing), pod('a', unschedulable)],
    { kind: 'unschedulable', message: 'no node takes pod a: 0/3 nodes; look at kubectl describe pod -n n a' },
  ],
])('%s', (_name, pods, problem) => {
  expect(podProblem(pods)).toEqual(problem);
});

test.each([
  ['0/2 nodes are available: 1 Insufficient cpu, 1 Insufficient memory.', 'ask for less in resources.requests'],
  ['0/1 nodes are available: 1 node(s) had untolerated taint {a: b}.', 'template.tolerations'],
  ['0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.', 'a storage class that makes one'],
  ["0/1 nodes are available: 1 node(s) didn't find available persistent volumes to bind.", 'give its claim a volume'],
  ['0/1 nodes are available: persistentvolumeclaim "notes" not found.', 'make that claim'],
  ['0/1 nodes are available: 1 node(s) had volume node affinity conflict.', 'bound to other nodes'],
  ["0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.", 'template.nodeSelector'],
  ["0/1 nodes are available: 1 node(s) didn't match pod anti-affinity rules.", 'template.affinity'],
  ['0/1 nodes are available: 1 node(s) were unschedulable.', 'kubectl uncordon a node'],
  ['0/1 nodes are available: 1 Too many pods.', 'add a node'],
  ['no nodes available to schedule pods', 'add a node'],
])('of the scheduler\'s "%s" the remedy is told', (message, remedy) => {
  const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }];
  const told = podProblem([pod('a', { conditions })])?.message ?? '';
  expect(told).toContain(`no node takes pod a: ${message.replace(/\.$/, '')}; `);
  expect(told).toContain(remedy);
});
