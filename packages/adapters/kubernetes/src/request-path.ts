/**
 * Where a request goes. In: a type, a key, a selection. Out: the path and query of the API. Every part is escaped, and a name
 * that would lead elsewhere is refused here rather than asked for.
 */
import type { Selection, Subresource } from './kube-api.ts';
import { KubeError } from './kube-error.ts';
import type { ObjectKey, ResourceType } from './kube-object.ts';

/** The objects of a type, of one namespace or of all. INVALID if a namespace is given for a type that has none. */
export function pathOfType(type: ResourceType, namespace?: string): string {
  const root = type.group === '' ? `/api/${type.version}` : `/apis/${segment(type.group)}/${segment(type.version)}`;
  if (namespace === undefined) return `${root}/${segment(type.plural)}`;
  if (!type.isNamespaced) {
    throw new KubeError('INVALID', `${type.kind} lives in no namespace, yet ${namespace} was given; leave it away`);
  }
  return `${root}/namespaces/${segment(namespace)}/${segment(type.plural)}`;
}

/** One object, or a part of it. INVALID without the namespace that its type needs. */
export function pathOfObject(type: ResourceType, key: ObjectKey, subresource?: Subresource): string {
  if (type.isNamespaced && key.namespace === undefined) {
    throw new KubeError('INVALID', `${type.kind} ${key.name} was named without its namespace; give one`);
  }
  const path = `${pathOfType(type, key.namespace)}/${segment(key.name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

/** The query of a selection. */
export function selectionQuery({ labels = {}, fields = {} }: Selection): Record<string, string> {
  const query: Record<string, string> = {};
  const labelText = pairs(labels);
  const fieldText = pairs(fields);
  if (labelText !== '') query['labelSelector'] = labelText;
  if (fieldText !== '') query['fieldSelector'] = fieldText;
  return query;
}

function pairs(wanted: Readonly<Record<string, string>>): string {
  return Object.entries(wanted)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}

function segment(text: string): string {
  if (text === '' || text === '.' || text === '..') {
    throw new KubeError('INVALID', `'${text}' is no name in Kubernetes; give letters, digits, - and .`);
  }
  return encodeURIComponent(text);
}
