/**
 * What can be said of the pods that the operator makes. In: what they are for. Out: their schema: how many, how large, and a
 * part of Kubernetes' pod that is passed on. Security contexts are not in it: every pod is restricted.
 */
import { countOf, keyedListOf, mapOf, objectOf, passedOn, type Schema, textOf } from './schema.ts';

const quantity: Schema = { 'x-kubernetes-int-or-string': true, maxLength: 32 };

const resources: Schema = objectOf('Resources of each pod, as in every container.', {
  requests: mapOf('What is set aside.', quantity, 8),
  limits: mapOf('What it may take; V8 gets three quarters of the memory.', quantity, 8),
});

const template: Schema = objectOf('Overrides of its pods.', {
  labels: mapOf('More labels.', { type: 'string', maxLength: 63 }, 32),
  annotations: mapOf('More annotations.', { type: 'string', maxLength: 4_096 }, 32),
  nodeSelector: mapOf('Labels that its nodes have.', { type: 'string', maxLength: 63 }, 32),
  tolerations: passedOn('Taints that they bear.', 'array'),
  affinity: passedOn('Where they go.', 'object'),
  topologySpreadConstraints: passedOn('How they spread; over nodes and zones if absent.', 'array', 8),
  priorityClassName: textOf('Their priority.', 253),
  serviceAccountName: textOf("Their account; the namespace's default if absent. No token is mounted.", 253),
  imagePullSecrets: keyedListOf(
    'Secrets for the image.',
    objectOf('One of them.', { name: textOf('Its name.', 253, { minLength: 1 }) }, ['name']),
    ['name'],
    8,
  ),
  env: keyedListOf(
    'Variables of the process besides those that this object makes, as `--help` of it lists them; what is made here wins.',
    objectOf(
      'One of them.',
      {
        name: textOf('Its name.', 128, { pattern: '^[A-Z][A-Z0-9_]*$' }),
        value: textOf('Its value.', 4_096),
      },
      ['name', 'value'],
    ),
    ['name'],
    64,
  ),
});

/** The schema of pods; `replicas` adds their number, 1 unless told otherwise. */
export function podsSchema(about: string, { replicas }: { readonly replicas: boolean }): Schema {
  const fields = { ...podFields };
  if (!replicas) return objectOf(about, fields);
  const number = countOf('How many; more than partitions stand by. kubectl scale and autoscalers write it.', 0, 1_000, {
    default: 1,
  });
  return objectOf(about, { replicas: number, ...fields }, [], { default: {} });
}

/** Size and overrides of pods. */
export const podFields: Readonly<Record<string, Schema>> = { resources, template };
