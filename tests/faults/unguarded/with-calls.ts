/**
 * A log or a store with some calls replaced. In: what has the calls, those that are to be others. Out: the same with these;
 * all others are those of the first.
 */

/** The methods of a class are not its own properties, so each is looked up at its call. */
export function withCalls<Target extends object>(of: Target, calls: Partial<Target>): Target {
  return new Proxy(of, {
    get: (target, name) => {
      const own: unknown = Reflect.get(calls, name);
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value;
    },
  });
}
