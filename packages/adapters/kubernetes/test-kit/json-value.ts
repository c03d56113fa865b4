/**
 * JSON values as the fake API server keeps them. In: any value of JSON. Out: comparison, JSON merge (RFC 7396), and whether one
 * is an object. Pure.
 */

/** An object of JSON. */
export type JsonObject = { readonly [field: string]: unknown };

/** Whether a value is an object and no list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether two values say the same; the order of fields does not matter, an undefined field is none. */
export function isSameJson(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => isSameJson(item, b[index]));
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => isSameJson(a[name], b[name]));
}

/** The object without these fields. */
export function withoutFields(value: JsonObject, ...names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}

/** The value with the patch merged into it: null removes, lists are replaced whole. */
export function mergeJson(value: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const merged: Record<string, unknown> = isJsonObject(value) ? { ...value } : {};
  for (const [name, part] of Object.entries(patch)) {
    if (part === null) delete merged[name];
    else merged[name] = mergeJson(merged[name], part);
  }
  return merged;
}
