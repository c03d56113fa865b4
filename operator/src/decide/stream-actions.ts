/**
 * The effects that a decision on a stream may ask for. In: nothing. Out: types. Each one may be done again, and each is derived
 * from what is seen, so that whoever comes after a crash decides the same.
 */
import type { KubeObject, ResourceType } from '@tapeline/kubernetes';
import type { Pin } from '../crd/tick-stream.ts';
import type { Concern, SeenRow } from '../observe/stream-observed.ts';

/** One effect. */
export type StreamEffect =
  | { readonly kind: 'set-finalizer'; readonly isWanted: boolean }
  /** Makes what is missing, of a stream that is new. */
  | { readonly kind: 'create-topics' }
  /** Makes `control`, of a stream that never had it. */
  | { readonly kind: 'create-control' }
  /** Enters a new stream in its store. */
  | { readonly kind: 'enter-stream'; readonly row: SeenRow }
  | { readonly kind: 'set-topic-config'; readonly topic: string; readonly config: Readonly<Record<string, string>> }
  | { readonly kind: 'add-partitions'; readonly topic: string; readonly count: number }
  | { readonly kind: 'enter-pins'; readonly pins: readonly Pin[] }
  | { readonly kind: 'delete-topics'; readonly topics: readonly string[] }
  | { readonly kind: 'apply-object'; readonly type: ResourceType; readonly object: KubeObject }
  | { readonly kind: 'delete-object'; readonly type: ResourceType; readonly name: string; readonly uid: string };

/** An effect, what it is about, and what to tell people once it was done. */
export type StreamAction = {
  readonly effect: StreamEffect;
  readonly of: Concern;
  /** It waits for the effects of this concern, and is left out if one of them failed. */
  readonly after?: Concern;
  readonly tells?: { readonly reason: EventReason; readonly note: string };
};

/** A reason of an event on what was done. */
export type EventReason =
  | 'TopicsCreated'
  | 'StreamEntered'
  | 'TopicConfigured'
  | 'PartitionsAdded'
  | 'PinsEntered'
  | 'TopicsDeleted'
  | 'WorkloadApplied'
  | 'WorkloadDeleted'
  | 'Abandoned'
  | 'KeyspaceCreated'
  | 'ReplicationChanged'
  | 'Migrated'
  | 'TableChanged'
  | 'KeyspaceDropped';
