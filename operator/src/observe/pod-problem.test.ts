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
    { kind: 'unschedulable', message: 'no node takes pod a: 0/3 nodes' },
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
    { kind: 'failing', message: 'pod a: ErrImagePull (denied); look at kubectl logs -n n a --previous' },
  ],
  [
    'the first by name of several',
    [pod('z', crashing), pod('a', unschedulable)],
    { kind: 'unschedulable', message: 'no node takes pod a: 0/3 nodes' },
  ],
])('%s', (_name, pods, problem) => {
  expect(podProblem(pods)).toEqual(problem);
});
