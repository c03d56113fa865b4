/**
 * Who owns which field by server-side apply, as far as an operator meets it. In: an object, its owners, and what a manager
 * applies. Out: the object and its owners after that, or the fields that conflict. Pure. Lists are one value, except those
 * that the API merges: finalizers by value; conditions, containers and owner references by their key.
 */
import { isJsonObject, isSameJson, type JsonObject } from './json-value.ts';

/** A path of field names and list keys, as one text. */
export type FieldPath = string;

/** The paths of each manager; a manager's name says how it writes too, for example `apply:operator`. */
export type FieldOwners = ReadonlyMap<string, ReadonlySet<FieldPath>>;

/** What an apply did, or the owned fields that it would have changed. */
export type Applied =
  | { readonly kind: 'applied'; readonly object: JsonObject; readonly owners: FieldOwners }
  | { readonly kind: 'conflict'; readonly fields: readonly string[]; readonly managers: readonly string[] };

/** Lists merged by a key, by the name of the field that holds them. */
const keyedLists: Readonly<Record<string, string>> = {
  conditions: 'type',
  containers: 'name',
  initContainers: 'name',
  ownerReferences: 'uid',
};
const setLists: ReadonlySet<string> = new Set(['finalizers']);

/** What nobody owns: it names the object. */
const unowned: ReadonlySet<string> = new Set([
  'apiVersion',
  'kind',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'metadata.resourceVersion',
  'metadata.generation',
  'metadata.creationTimestamp',
  'metadata.deletionTimestamp',
  'metadata.managedFields',
]);

const separator = '\u0000';

/** Applies what `manager` wants to own. */
export function applyFields(
  live: JsonObject,
  owners: FieldOwners,
  applied: JsonObject,
  { manager, force }: { readonly manager: string; readonly force: boolean },
): Applied {
  const wanted = leavesOf(applied);
  const now = leavesOf(live);
  const contested = [...owners]
    .filter(([other]) => other !== manager)
    .map(([other, paths]) => ({
      other,
      paths: [...wanted.keys()].filter(
        (path) => paths.has(path) && (!now.has(path) || !isSameJson(now.get(path), wanted.get(path))),
      ),
    }))
    .filter(({ paths }) => paths.length > 0);
  if (!force && contested.length > 0) {
    return {
      kind: 'conflict',
      fields: contested.flatMap(({ paths }) => paths.map((path) => path.replaceAll(separator, '.'))),
      managers: contested.map(({ other }) => other),
    };
  }
  const after = new Map<string, ReadonlySet<FieldPath>>(owners);
  for (const { other, paths } of contested) after.set(other, without(after.get(other), paths));
  const before = owners.get(manager) ?? new Set<FieldPath>();
  after.set(manager, new Set(wanted.keys()));
  let object = live;
  for (const path of before) {
    const isOthers = [...after].some(([other, paths]) => other !== manager && paths.has(path));
    if (!wanted.has(path) && !isOthers) object = removed(object, path.split(separator)) as JsonObject;
  }
  return { kind: 'applied', object: merged(object, applied, '') as JsonObject, owners: after };
}

/** The owners after a write that was no apply: what it changed is the writer's alone. */
export function ownersAfterUpdate(
  before: JsonObject,
  after: JsonObject,
  owners: FieldOwners,
  manager: string,
): FieldOwners {
  const old = leavesOf(before);
  const now = leavesOf(after);
  const changed = [...now.keys()].filter((path) => !old.has(path) || !isSameJson(old.get(path), now.get(path)));
  const gone = [...old.keys()].filter((path) => !now.has(path));
  const result = new Map<string, ReadonlySet<FieldPath>>();
  for (const [other, paths] of owners) result.set(other, without(paths, [...changed, ...gone]));
  result.set(manager, new Set([...(result.get(manager) ?? []), ...changed]));
  return result;
}

/** Every value that is owned as one, by its path. */
function leavesOf(object: JsonObject): Map<FieldPath, unknown> {
  const leaves = new Map<FieldPath, unknown>();
  const visit = (value: unknown, path: readonly string[]): void => {
    const name = path.at(-1) ?? '';
    if (unowned.has(path.join('.'))) return;
    if (Array.isArray(value) && (setLists.has(name) || keyedLists[name] !== undefined)) {
      for (const item of value) visit(item, [...path, segmentOf(name, item)]);
    } else if (isJsonObject(value) && Object.keys(value).length > 0) {
      for (const [field, part] of Object.entries(value)) visit(part, [...path, field]);
    } else if (path.length > 0) {
      leaves.set(path.join(separator), value);
    }
  };
  visit(object, []);
  return leaves;
}

function segmentOf(list: string, item: unknown): string {
  const key = keyedLists[list];
  if (key === undefined) return `[${JSON.stringify(item)}]`;
  return `[${key}=${JSON.stringify(isJsonObject(item) ? item[key] : item)}]`;
}

function merged(live: unknown, applied: unknown, name: string): unknown {
  if (Array.isArray(applied) && Array.isArray(live) && (setLists.has(name) || keyedLists[name] !== undefined)) {
    const result = [...(live as readonly unknown[])];
    for (const item of applied) {
      const at = result.findIndex((one) => segmentOf(name, one) === segmentOf(name, item));
      if (at < 0) result.push(item);
      else result[at] = merged(result[at], item, '');
    }
    return result;
  }
  if (!isJsonObject(applied) || !isJsonObject(live)) return applied;
  const result: Record<string, unknown> = { ...live };
  for (const [field, part] of Object.entries(applied)) result[field] = merged(live[field], part, field);
  return result;
}

/** The value without what lies at the path; what becomes empty by that goes too. */
function removed(value: unknown, [first, ...rest]: readonly string[], list = ''): unknown {
  if (first === undefined) return undefined;
  if (Array.isArray(value)) {
    const items = (value as readonly unknown[]).flatMap((item) => {
      if (segmentOf(list, item) !== first) return [item];
      if (rest.length === 0) return [];
      // The key names the item, so it goes with the item's last other field and not by itself.
      const isKey = rest.length === 1 && rest[0] === keyedLists[list];
      const left = isKey ? item : removed(item, rest);
      return isJsonObject(left) && Object.keys(left).length > 1 ? [left] : [];
    });
    return items.length === 0 ? undefined : items;
  }
  if (!isJsonObject(value) || value[first] === undefined) return value;
  const left = removed(value[first], rest, first);
  const result: Record<string, unknown> = { ...value };
  if (left === undefined) delete result[first];
  else result[first] = left;
  return Object.keys(result).length === 0 ? undefined : result;
}

function without(paths: ReadonlySet<FieldPath> | undefined, taken: readonly FieldPath[]): ReadonlySet<FieldPath> {
  const left = new Set(paths);
  for (const path of taken) left.delete(path);
  return left;
}
