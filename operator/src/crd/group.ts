/**
 * The names by which the operator is known in Kubernetes. In: nothing. Out: its group, its types, its labels, annotations
 * and finalizer. Others write these by hand, so none of them ever changes.
 */
import type { ResourceType } from '@tapeline/kubernetes';

/** The group of both kinds. */
export const group = 'tapeline.dev';

const madeKnownBy =
  'install the chart, which brings the definitions of its kinds, or apply these alone (charts/tapeline/files/crds)';

/** A topic, its partitions, workers and feeds. */
export const tickStreamType: ResourceType = {
  group,
  version: 'v1alpha1',
  plural: 'tickstreams',
  kind: 'TickStream',
  isNamespaced: true,
  madeKnownBy,
};

/** A keyspace and its tables. */
export const tickStoreType: ResourceType = {
  group,
  version: 'v1alpha1',
  plural: 'tickstores',
  kind: 'TickStore',
  isNamespaced: true,
  madeKnownBy,
};

/** Who owns the fields that the operator applies. */
export const fieldManager = 'tapeline-operator';

/** Keeps an object until what it made outside the cluster is deleted; only objects with `deletionPolicy: Delete` have it. */
export const finalizer = 'tapeline.dev/external';

/** Annotations that people set. */
export const annotations = {
  /** The object's uid lets it go although what it made outside cannot be deleted. */
  abandon: 'tapeline.dev/abandon',
  /** Holds the text of `status.repair.token` once `nodetool repair` has run on every node. */
  repaired: 'tapeline.dev/repaired',
  /** Holds how many of `status.order.declaredGaps` a person has looked into. */
  gapsRead: 'tapeline.dev/gaps-read',
  /** Holds how many of `status.order.violations` a person has looked into. */
  violationsRead: 'tapeline.dev/violations-read',
} as const;

/** Annotations that the operator sets on what it makes. */
export const marks = {
  /** What an object was rendered from, so that a field that is rendered no more is taken away. */
  rendered: 'tapeline.dev/rendered',
  /** What the secrets held that its pods read, so that they start again when one changes. */
  secrets: 'tapeline.dev/secrets',
} as const;

/** Labels of what the operator makes. */
export const labels = {
  /** The stream's object. */
  stream: 'tapeline.dev/stream',
  /** `worker` or `feed`. */
  role: 'tapeline.dev/role',
  /** Of a feed: its name. */
  feed: 'tapeline.dev/feed',
} as const;
