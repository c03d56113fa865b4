/**
 * Objects out of answers. In: a JSON value that the API says is an object, or a list. Out: the same value, known to have what
 * every object has. Objects in a list and of built-in types come without their type, which is put in.
 */
import type { ObjectList } from './kube-api.ts';
import { KubeError } from './kube-error.ts';
import { apiVersionOf, type KubeObject, type ResourceType } from './kube-object.ts';

/** The object. UNEXPECTED for a value that has no name. */
export function asObject(what: string, type: ResourceType, value: unknown): KubeObject {
  const metadata = fieldOf(value, 'metadata');
  if (typeof fieldOf(metadata, 'name') !== 'string') {
    throw new KubeError('UNEXPECTED', `${what}: an object without a name; is a proxy in between?`);
  }
  const object = value as KubeObject;
  if (object.apiVersion !== undefined && object.kind !== undefined) return object;
  return { ...object, apiVersion: apiVersionOf(type), kind: type.kind };
}

/** A page of objects. UNEXPECTED for a value that is no list. */
export function asList(what: string, type: ResourceType, value: unknown): ObjectList {
  const items = fieldOf(value, 'items');
  // Go writes an empty list as null in places.
  if (!Array.isArray(items) && items !== null && items !== undefined) {
    throw new KubeError('UNEXPECTED', `${what}: an answer that is no list; is a proxy in between?`);
  }
  const next = fieldOf(fieldOf(value, 'metadata'), 'continue');
  return {
    items: (items ?? []).map((item: unknown) => asObject(what, type, item)),
    resourceVersion: resourceVersionIn(what, value),
    ...(typeof next === 'string' && next !== '' ? { continue: next } : {}),
  };
}

/** The version of an object or list. UNEXPECTED if it has none. */
export function resourceVersionIn(what: string, value: unknown): string {
  const version = fieldOf(fieldOf(value, 'metadata'), 'resourceVersion');
  if (typeof version === 'string' && version !== '') return version;
  throw new KubeError('UNEXPECTED', `${what}: an answer without a resource version; is a proxy in between?`);
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
