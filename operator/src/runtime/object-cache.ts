/**
 * The objects of one type as last told. In: lists and events of a watch. Out: objects that nobody can change, and what became
 * different. Objects are one by their uid: a name that was deleted and made again is a deletion and a creation. Pure.
 */
import { keyOf, keyText, type KubeObject, type WatchEvent } from '@tapeline/kubernetes';

/** What became of an object; `object` is the newest that is known, of a deletion the last. */
export type CacheChange = {
  readonly kind: 'added' | 'updated' | 'deleted';
  readonly key: string;
  readonly object: KubeObject;
  /** The object before an update. */
  readonly before?: KubeObject;
};

/** What a list changed. */
export type ListReport = {
  readonly changes: readonly CacheChange[];
  /** Keys that a list found as the cache had them. */
  readonly unchanged: readonly string[];
  /** Changes that the watch had claimed to be past, as far as versions tell; 0 without `seenVersion`. */
  readonly missed: number;
};

/** The cache of one type. */
export class ObjectCache {
  readonly #objects = new Map<string, KubeObject>();

  /** How many objects. */
  get size(): number {
    return this.#objects.size;
  }

  /** The object; frozen all through. */
  get(key: string): KubeObject | undefined {
    return this.#objects.get(key);
  }

  /** Every object, in no order. */
  list(): readonly KubeObject[] {
    return [...this.#objects.values()];
  }

  /** Takes what a watch told; a repeat changes nothing. */
  apply(event: Exclude<WatchEvent, { type: 'BOOKMARK' }>): readonly CacheChange[] {
    const key = keyText(keyOf(event.object));
    if (event.type === 'DELETED') return this.#remove(key, event.object);
    return this.#put(key, event.object);
  }

  /** Takes a whole list; what is not in it is gone. `seenVersion` is what a watch that was well until now had told last. */
  replace(items: readonly KubeObject[], seenVersion: string | undefined): ListReport {
    const changes: CacheChange[] = [];
    const unchanged: string[] = [];
    let missed = 0;
    const listed = new Set<string>();
    for (const item of items) {
      const key = keyText(keyOf(item));
      listed.add(key);
      const news = this.#put(key, item);
      if (news.length === 0) unchanged.push(key);
      else if (isNotAfter(item.metadata.resourceVersion, seenVersion)) missed += 1;
      changes.push(...news);
    }
    for (const [key, object] of this.#objects) {
      if (listed.has(key)) continue;
      changes.push(...this.#remove(key, object));
      // When it went is not known; the list follows the watch within milliseconds, so a race is rare.
      if (seenVersion !== undefined) missed += 1;
    }
    return { changes, unchanged, missed };
  }

  #put(key: string, object: KubeObject): readonly CacheChange[] {
    const before = this.#objects.get(key);
    if (before !== undefined && before.metadata.resourceVersion === object.metadata.resourceVersion) return [];
    frozen(object);
    this.#objects.set(key, object);
    if (before === undefined) return [{ kind: 'added', key, object }];
    if (before.metadata.uid === object.metadata.uid) return [{ kind: 'updated', key, object, before }];
    return [
      { kind: 'deleted', key, object: before },
      { kind: 'added', key, object },
    ];
  }

  #remove(key: string, last: KubeObject): readonly CacheChange[] {
    const before = this.#objects.get(key);
    if (before === undefined) return [];
    this.#objects.delete(key);
    return [{ kind: 'deleted', key, object: before.metadata.uid === last.metadata.uid ? frozen(last) : before }];
  }
}

/**
 * Whether a version is known to be no later than another. Versions are opaque but for this: API servers write them as rising
 * numbers, so two that are numbers compare. It decides a metric and nothing else.
 */
function isNotAfter(version: string | undefined, seen: string | undefined): boolean {
  if (version === undefined || seen === undefined || !/^\d+$/.test(version) || !/^\d+$/.test(seen)) return false;
  return BigInt(version) <= BigInt(seen);
}

function frozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) frozen(part);
  return value;
}
