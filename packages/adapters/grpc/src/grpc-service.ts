/**
 * A service with its handlers. In: a definition and an implementation, which the compiler compares. Out: what
 * `startGrpcServer` serves. How it is served is the same for each: deadlines, limits, errors, back-pressure.
 */
import type { Implementation, MethodDefinition, ServiceDefinition } from './service-definition.ts';

/** Deadlines of calls that are not streams. */
export type ServiceOptions = {
  /** Where the caller sets none, ms; 10,000 if absent. */
  readonly deadlineMsDefault?: number;
  /** At most, whatever the caller sets, ms; 60,000 if absent. */
  readonly deadlineMsMax?: number;
};

/** A service that can be served. */
export type GrpcService = {
  readonly name: string;
  readonly methods: readonly ServedMethod[];
  readonly deadlines: Required<ServiceOptions>;
};

/** A method and its handler; what they agree on was checked where the service was made. */
export type ServedMethod = { readonly definition: MethodDefinition; readonly handler: unknown };

/** Binds handlers to a definition. Throws `RangeError` for deadlines that contradict each other. */
export function grpcService<Definition extends ServiceDefinition>(
  definition: Definition,
  implementation: Implementation<Definition>,
  options: ServiceOptions = {},
): GrpcService {
  const { deadlineMsDefault = 10_000, deadlineMsMax = 60_000 } = options;
  if (!(deadlineMsDefault > 0 && deadlineMsDefault <= deadlineMsMax)) {
    throw new RangeError(
      `deadlines of ${definition.fullName}: default ${deadlineMsDefault} ms, most ${deadlineMsMax} ms; ` +
        'give 0 < default <= most',
    );
  }
  return {
    name: definition.fullName,
    methods: Object.entries(definition.methods).map(([key, method]) => {
      const own: Readonly<Record<string, unknown>> = implementation;
      return { definition: method, handler: bound(own[key], implementation, `${definition.fullName}.${key}`) };
    }),
    deadlines: { deadlineMsDefault, deadlineMsMax },
  };
}

function bound(handler: unknown, implementation: object, name: string): unknown {
  if (typeof handler !== 'function') throw new TypeError(`${name} has no handler; give one for every method`);
  // An implementation may be an object of a class whose handlers use `this`.
  const bind: unknown = handler.bind(implementation);
  return bind;
}
