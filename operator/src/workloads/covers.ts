/**
 * Whether an object already is as it was rendered. In: the live object and the rendered one. Out: whether every rendered field is
 * there with its value. What others added stays theirs, as with server-side apply; an object that is so is not written.
 */
import { isSameQuantity } from './quantity.ts';

/** Whether `live` has all of `wanted`. Items of lists are matched by their `name`, `containerPort`, `mountPath` or `uid`, others by place. */
export function covers(live: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) return Array.isArray(live) && coversList(live, wanted);
  if (typeof wanted === 'object' && wanted !== null) {
    if (typeof live !== 'object' || live === null) return Object.keys(wanted).length === 0;
    const has = live as Readonly<Record<string, unknown>>;
    return Object.entries(wanted).every(([key, value]) => value === undefined || covers(has[key], value));
  }
  return live === wanted || isSameQuantity(live, wanted);
}

const identities = ['name', 'containerPort', 'mountPath', 'uid'] as const;

function coversList(live: readonly unknown[], wanted: readonly unknown[]): boolean {
  const identity = identities.find(
    (key) => wanted.length > 0 && wanted.every((item) => valueOf(item, key) !== undefined),
  );
  if (identity === undefined) {
    return live.length === wanted.length && wanted.every((item, index) => covers(live[index], item));
  }
  return wanted.every((item) =>
    covers(
      live.find((each) => valueOf(each, identity) === valueOf(item, identity)),
      item,
    ),
  );
}

function valueOf(item: unknown, key: string): unknown {
  return typeof item === 'object' && item !== null ? (item as Readonly<Record<string, unknown>>)[key] : undefined;
}
