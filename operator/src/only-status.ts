/**
 * Whether a change of an object is one of its status alone. In: the object before and after. Out: the answer, by which the operator
 * does not look again because of what it has just written itself.
 */
import type { KubeObject } from '@tapeline/kubernetes';
import { isSameValue } from './runtime/same-value.ts';

/** Whether nothing but the status, and what the API keeps about writes, is another. */
export function isOnlyStatus(before: KubeObject, after: KubeObject): boolean {
  return isSameValue(withoutStatus(before), withoutStatus(after));
}

function withoutStatus({ metadata, ...rest }: KubeObject): unknown {
  return {
    ...rest,
    status: undefined,
    metadata: { ...metadata, resourceVersion: undefined, managedFields: undefined },
  };
}
