/**
 * A store with some calls replaced. In: a store, calls. Out: the same store otherwise.
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
