/**
 * What the store knows of instruments, as ingest asks for it. In: a store. Out: terms, or nothing. A worker writes an
 * instrument once it has folded its first tick, so what is new is known a moment later; until then ingest remembers it.
 */
import type { Store } from '@tapeline/domain';
import type { KnownInstruments } from './ingest-types.ts';

/** Looks instruments up in a store. */
export function knownInStore(store: Pick<Store, 'instrumentsNamed'>): KnownInstruments {
  return {
    find: async (dataset, symbol) => {
      const [found] = await store.instrumentsNamed(symbol, dataset);
      return found?.terms;
    },
  };
}
