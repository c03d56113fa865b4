/**
 * The API for one term of a leader. In: `KubeApi` and a term. Out: the same, but writes end when the term does: by its signal, and
 * by the clock at the moment of asking, so that a process that stood still for a minute writes nothing when it goes on.
 */
import { type CallOptions, type KubeApi, KubeError } from '@tapeline/kubernetes';
import type { Term } from './leader-election.ts';

/** Refuses writes with ABORTED once the term is not certain any more; reads go on. */
export function fencedApi(api: KubeApi, term: Term): KubeApi {
  return {
    get: (type, key, options) => api.get(type, key, options),
    list: (type, options) => api.list(type, options),
    watch: (type, options) => api.watch(type, options),
    apply: (type, object, options) => fenced(term, options, (own) => api.apply(type, object, { ...options, ...own })),
    create: (type, object, options) => fenced(term, options, (own) => api.create(type, object, { ...options, ...own })),
    patch: (type, key, patch, options) =>
      fenced(term, options, (own) => api.patch(type, key, patch, { ...options, ...own })),
    delete: (type, key, options) => fenced(term, options, (own) => api.delete(type, key, { ...options, ...own })),
  };
}

async function fenced<Value>(
  term: Term,
  options: CallOptions | undefined,
  call: (own: { signal: AbortSignal }) => Promise<Value>,
): Promise<Value> {
  if (!term.isHeld()) throw new KubeError('ABORTED', 'a write was refused here: this process does not lead any more');
  const over = new AbortController();
  const end = (): void => over.abort();
  const signals = [term.ended, ...(options?.signal === undefined ? [] : [options.signal])];
  for (const signal of signals) {
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
  }
  try {
    return await call({ signal: over.signal });
  } finally {
    for (const signal of signals) signal.removeEventListener('abort', end);
  }
}
