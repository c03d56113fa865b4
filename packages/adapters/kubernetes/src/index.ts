/**
 * The public entry of the Kubernetes API: the only package that knows its client. In: a kubeconfig, or the pod it runs in.
 * Out: the seam `KubeApi`, its objects and its errors.
 */
export type { CallFacts, Method } from './http-exchange.ts';
export { chooseCluster, type Cluster, type KubeAccess } from './kube-access.ts';
export {
  type ApplyOptions,
  callDeadlineMs,
  type CallOptions,
  type DeleteOptions,
  type KubeApi,
  type ListOptions,
  type ObjectList,
  type Selection,
  type Subresource,
  type WatchEnd,
  type WatchEvent,
  type WatchOptions,
  type WriteOptions,
} from './kube-api.ts';
export { hasCode, isTransient, KubeError, type KubeErrorCode, type KubeErrorFacts } from './kube-error.ts';
export {
  apiVersionOf,
  keyFromText,
  keyOf,
  keyText,
  type KubeObject,
  type ObjectKey,
  type ObjectMeta,
  type OwnerReference,
  type ResourceType,
} from './kube-object.ts';
export { type KubeApiOptions, openKubeApi } from './open-kube-api.ts';
export { type KubeTypeName, kubeTypes } from './resource-types.ts';
