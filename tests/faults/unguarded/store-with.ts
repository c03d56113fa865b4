/**
 * A store with some calls replaced, for variants of workers. In: a store, the calls that are to be others. Out: a store whose
 * other calls are those of the first.
 */
import type { Store } from '@tapeline/domain';

/** The methods of a class are not its own properties, so each is looked up at its call. */
export function storeWith(store: Store, calls: Partial<Store>): Store {
  return new Proxy(store, {
    get: (target, name) => {
      const own: unknown = Reflect.get(calls, name);
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value;
    },
  });
}
