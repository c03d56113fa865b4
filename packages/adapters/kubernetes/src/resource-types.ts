/**
 * The types of Kubernetes itself that the operator meets. In: nothing. Out: where each lives. Types of our own group are
 * the operator's.
 */
import type { ResourceType } from './kube-object.ts';

/** A short name of one of them. */
export type KubeTypeName =
  | 'configMap'
  | 'deployment'
  | 'pod'
  | 'secret'
  | 'namespace'
  | 'podDisruptionBudget'
  | 'lease'
  | 'event'
  | 'customResourceDefinition';

/** By a short name; versions are those that have been stable for the longest. */
export const kubeTypes: Readonly<Record<KubeTypeName, ResourceType>> = {
  configMap: { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', isNamespaced: true },
  deployment: { group: 'apps', version: 'v1', plural: 'deployments', kind: 'Deployment', isNamespaced: true },
  pod: { group: '', version: 'v1', plural: 'pods', kind: 'Pod', isNamespaced: true },
  secret: { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', isNamespaced: true },
  namespace: { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', isNamespaced: false },
  podDisruptionBudget: {
    group: 'policy',
    version: 'v1',
    plural: 'poddisruptionbudgets',
    kind: 'PodDisruptionBudget',
    isNamespaced: true,
  },
  lease: { group: 'coordination.k8s.io', version: 'v1', plural: 'leases', kind: 'Lease', isNamespaced: true },
  event: { group: 'events.k8s.io', version: 'v1', plural: 'events', kind: 'Event', isNamespaced: true },
  customResourceDefinition: {
    group: 'apiextensions.k8s.io',
    version: 'v1',
    plural: 'customresourcedefinitions',
    kind: 'CustomResourceDefinition',
    isNamespaced: false,
  },
};
