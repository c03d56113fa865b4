/**
 * What decisions need of an object besides its spec. In: the object. Out: who it is, whether it is on its way out, what people
 * annotated. Of two that claim the same thing the older one has it, and of two of one second the one with the lower uid.
 */
import type { KubeObject } from '@tapeline/kubernetes';
import { annotations, finalizer } from './group.ts';

/** An object of one of our kinds. */
export type ObjectFacts = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly isDeleting: boolean;
  readonly hasFinalizer: boolean;
  /** Somebody said that it may go although what it made outside cannot be deleted. */
  readonly isAbandoned: boolean;
  /** The token of the repair that somebody said was done. */
  readonly repaired: string | undefined;
  /** How many declared gaps, and breaks of order, somebody said were looked into; what is no number counts as 0. */
  readonly gapsRead: number;
  readonly violationsRead: number;
};

/** The facts of an object. */
export function objectFactsOf({ apiVersion, kind, metadata }: KubeObject): ObjectFacts {
  return {
    apiVersion,
    kind,
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid ?? '',
    generation: metadata.generation ?? 0,
    createdAt: metadata.creationTimestamp ?? '',
    isDeleting: metadata.deletionTimestamp !== undefined,
    hasFinalizer: metadata.finalizers?.includes(finalizer) ?? false,
    // Its own uid, so that a line left over in a manifest lets nothing else go.
    isAbandoned: metadata.uid !== undefined && metadata.annotations?.[annotations.abandon] === metadata.uid,
    repaired: metadata.annotations?.[annotations.repaired],
    gapsRead: countIn(metadata.annotations?.[annotations.gapsRead]),
    violationsRead: countIn(metadata.annotations?.[annotations.violationsRead]),
  };
}

function countIn(text: string | undefined): number {
  return text !== undefined && /^[0-9]{1,15}$/.test(text) ? Number(text) : 0;
}

/** Whether `one` was there before `other`, of two different objects. */
export function isOlder(one: ObjectFacts, other: ObjectFacts): boolean {
  if (one.createdAt !== other.createdAt) return one.createdAt < other.createdAt;
  return one.uid < other.uid;
}
