/**
 * Objects of Kubernetes as they come from the API. In: nothing. Out: the fields that every object has, the names that
 * find it, and where its type lives. What is inside `spec` and `status` is for whoever owns the type to parse.
 */

/** The name of an object of one type; without `namespace` for types that live in none. */
export type ObjectKey = { readonly namespace?: string; readonly name: string };

/** Where a type lives in the API; `group` is empty for the core types. */
export type ResourceType = {
  readonly group: string;
  readonly version: string;
  /** In a path, for example `deployments`. */
  readonly plural: string;
  readonly kind: string;
  readonly isNamespaced: boolean;
  /** What a person does to make a cluster know it, as an order; absent for types that every cluster has. */
  readonly madeKnownBy?: string;
};

/** Who an object goes with; both are in one namespace, or the owner is in none. */
export type OwnerReference = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
};

/** What the API keeps about every object. Times are RFC 3339. What the server fills in is absent before the first write. */
export type ObjectMeta = {
  readonly name: string;
  readonly namespace?: string;
  /** Never used again, also not by an object of the same name. */
  readonly uid?: string;
  /** Opaque: compared for equality, sent back, never computed with. */
  readonly resourceVersion?: string;
  /** Rises with each change outside `metadata` and `status`. */
  readonly generation?: number;
  readonly creationTimestamp?: string;
  /** Deletion was asked for; the object goes once `finalizers` is empty. */
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
  /** Who owns which field by server-side apply, in the API's own form. */
  readonly managedFields?: readonly unknown[];
};

/** An object; what is not named here is unchecked. */
export type KubeObject = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
};

/** `group/version`, or the version alone for the core types: what stands in `apiVersion`. */
export function apiVersionOf({ group, version }: Pick<ResourceType, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}

/** The key of an object. */
export function keyOf({ metadata }: Pick<KubeObject, 'metadata'>): ObjectKey {
  return metadata.namespace === undefined
    ? { name: metadata.name }
    : { namespace: metadata.namespace, name: metadata.name };
}

/** `namespace/name`, or the name alone: unique within a type, since neither holds a slash. */
export function keyText({ namespace, name }: ObjectKey): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** The key that `keyText` wrote. */
export function keyFromText(text: string): ObjectKey {
  const slash = text.indexOf('/');
  return slash < 0 ? { name: text } : { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
}
