/**
 * What the store knows of instruments, as ingest asks for it. In: a store. Out: terms, or nothing. Law 3: several ingests
 * may meet a new instrument at once, and the log must have it under one set of terms, so terms are entered in the store
 * before the first tick is appended, and the first ones stay. Those of a tick that then never reaches the log stay too,
 * and the instrument is listed without ticks: whoever sends it next does so in these terms.
 */
import { type InstrumentTerms, type Store, StoreError } from '@tapeline/domain';
import type { KnownInstruments } from './ingest-types.ts';

/** Looks instruments up in a store, and enters new ones: once for each that is new, so its cost is that of few ticks. */
export function knownInStore(store: Pick<Store, 'instrumentsNamed' | 'writeInstruments'>): KnownInstruments {
  const find = async (dataset: string, symbol: string): Promise<InstrumentTerms | undefined> => {
    const [found] = await store.instrumentsNamed(symbol, dataset);
    return found?.terms;
  };
  return {
    find,
    claim: async (dataset, claims) => {
      await store.writeInstruments(Array.from(claims, ([symbol, terms]) => ({ dataset, symbol, terms })));
      const held = await Promise.all(Array.from(claims.keys(), async (symbol) => find(dataset, symbol)));
      const won = new Map<string, InstrumentTerms>();
      for (const [place, symbol] of [...claims.keys()].entries()) {
        const terms = held[place];
        if (terms === undefined) {
          const message = `the store took the terms of ${symbol} in ${dataset} and does not have them; try again`;
          throw new StoreError('STORE_UNAVAILABLE', message);
        }
        won.set(symbol, terms);
      }
      return won;
    },
  };
}
