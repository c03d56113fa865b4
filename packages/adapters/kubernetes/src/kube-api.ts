/**
 * The seam to Kubernetes. In: types, keys, objects. Out: objects, or a `KubeError` with a code. Every call has a deadline and
 * ends at once, with ABORTED, when its signal fires. Law 7: lists come in pages, a watch holds one event at a time.
 */
import type { KubeError } from './kube-error.ts';
import type { KubeObject, ObjectKey, ResourceType } from './kube-object.ts';

/** What every call may have. */
export type CallOptions = {
  /** Its firing ends the call with ABORTED; whether a write was done is then unknown. */
  readonly signal?: AbortSignal;
  /** How long to wait for the answer, ms, from 1; 10,000 if absent. */
  readonly deadlineMs?: number;
};

/** Which objects of a type; of every namespace without `namespace`. */
export type Selection = {
  readonly namespace?: string;
  /** Objects that have all of these labels. */
  readonly labels?: Readonly<Record<string, string>>;
  /** A field by its path, where the API knows it: `metadata.name`, or `involvedObject.name` of events. */
  readonly fields?: Readonly<Record<string, string>>;
};

/** A page of objects at most. */
export type ListOptions = Selection &
  CallOptions & {
    /** Objects in a page at most, from 1; the server's choice if absent, which is all of them. */
    readonly limit?: number;
    /** Where the last page ended; GONE if that was too long ago. */
    readonly continue?: string;
  };

/** Objects, and the version that they are the state of. */
export type ObjectList = {
  readonly items: readonly KubeObject[];
  /** Where a watch goes on. */
  readonly resourceVersion: string;
  /** There are more; absent on the last page. */
  readonly continue?: string;
};

/** What a watch tells. A bookmark carries no object: all up to its version has been told. */
export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubeObject }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

/** What to watch and who is told. */
export type WatchOptions = Selection & {
  /** The state that is known; what came after it is told. */
  readonly resourceVersion: string;
  readonly signal: AbortSignal;
  /** Called in order, one at a time. What it throws ends the watch and rejects. */
  readonly onEvent: (event: WatchEvent) => void;
  /** Called once, when the server has begun to answer. */
  readonly onOpen?: () => void;
  /** How long the server shall go on, ms, in whole seconds; 300,000 if absent. Then it ends with `closed`. */
  readonly windowMs?: number;
  /** How long without a byte until it counts as dead, ms; 90,000 if absent, since a server sends bookmarks each minute. */
  readonly idleMs?: number;
};

/**
 * Why a watch ended. closed: the server ended it in order. gone: its version is no longer known, list again. idle: no byte
 * for `idleMs`. failed: the connection broke or the server refused, `error` says how. stopped: the signal.
 */
export type WatchEnd =
  | { readonly reason: 'closed' | 'gone' | 'idle' | 'stopped' }
  | { readonly reason: 'failed'; readonly error: KubeError };

/** A part of an object with a path of its own. */
export type Subresource = 'status' | 'scale';

/** How to apply. */
export type ApplyOptions = CallOptions & {
  /** Who owns the fields that are sent; fields sent before and now left out are taken away. 1 to 128 characters. */
  readonly fieldManager: string;
  /** Whether fields of other managers are taken over; without it they are a CONFLICT. */
  readonly force: boolean;
  readonly subresource?: Subresource;
  /** Runs every check and writes nothing. */
  readonly dryRun?: boolean;
};

/** How to write without apply. */
export type WriteOptions = CallOptions & {
  readonly fieldManager?: string;
  readonly subresource?: Subresource;
  readonly dryRun?: boolean;
};

/** What to delete, and what goes with it. */
export type DeleteOptions = CallOptions & {
  /** Only the object with this uid; CONFLICT if the name is another's by now. */
  readonly uid?: string;
  /** What becomes of the objects it owns; Background if absent. */
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan';
  readonly dryRun?: boolean;
};

/** The API server. */
export type KubeApi = {
  /** The object, or undefined if there is none. NOT_FOUND only for an unknown type, where the server tells it apart. */
  get(type: ResourceType, key: ObjectKey, options?: CallOptions): Promise<KubeObject | undefined>;
  list(type: ResourceType, options?: ListOptions): Promise<ObjectList>;
  /** Tells what changes until it ends; rejects only for what `onEvent` throws. */
  watch(type: ResourceType, options: WatchOptions): Promise<WatchEnd>;
  /**
   * Server-side apply: makes the fields of `object` so, creates it if need be, and answers it whole. `object` holds only what
   * this manager wants to own. With `metadata.resourceVersion` it is a CONFLICT if that is another by now; with `.uid` it is
   * INVALID, but the path of a status does not look at it.
   */
  apply(type: ResourceType, object: KubeObject, options: ApplyOptions): Promise<KubeObject>;
  /** ALREADY_EXISTS if the name is taken. */
  create(type: ResourceType, object: KubeObject, options?: WriteOptions): Promise<KubeObject>;
  /**
   * JSON merge: fields of `patch` replace those of the object, null removes, lists are replaced whole. With
   * `metadata.resourceVersion` in it a CONFLICT if the object changed since. NOT_FOUND if there is none.
   */
  patch(
    type: ResourceType,
    key: ObjectKey,
    patch: Readonly<Record<string, unknown>>,
    options?: WriteOptions,
  ): Promise<KubeObject>;
  /** Whether there was one to delete; it may still wait for its finalizers. */
  delete(type: ResourceType, key: ObjectKey, options?: DeleteOptions): Promise<boolean>;
};

/** How long a call waits for its answer if it does not say, ms. */
export const callDeadlineMs: number = 10_000;
