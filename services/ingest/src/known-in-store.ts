/**
 * What the store knows of instruments, as ingest asks for it. In: a store. Out: terms and pins, or nothing. Law 3: several
 * ingests may meet a new instrument at once, and the log must have it under one set of terms and in one partition, so both are
 * settled in the store before the first entry is appended, and the first ones stay. Those of a tick that then never reaches
 * the log stay too, and the instrument is listed without ticks: whoever sends it next does so in these terms.
 */
import { type InstrumentTerms, type Store, StoreError } from '@tapeline/domain';
import type { KnownInstrument, KnownInstruments } from './ingest-types.ts';

/** Looks instruments up in a store, and enters new ones: once for each that is new, so its cost is that of few ticks. */
export function knownInStore(
  store: Pick<Store, 'instrumentsNamed' | 'writeInstruments' | 'enterPins'>,
): KnownInstruments {
  const find = async (dataset: string, symbol: string): Promise<KnownInstrument | undefined> => {
    const [found] = await store.instrumentsNamed(symbol, dataset);
    if (found === undefined) return undefined;
    const { terms, pin } = found;
    return pin === undefined ? { terms } : { terms, pin };
  };
  const claim = async (
    dataset: string,
    claims: ReadonlyMap<string, InstrumentTerms>,
  ): Promise<ReadonlyMap<string, KnownInstrument>> => {
    await store.writeInstruments(Array.from(claims, ([symbol, terms]) => ({ dataset, symbol, terms })));
    const held = await Promise.all(Array.from(claims.keys(), async (symbol) => find(dataset, symbol)));
    const won = new Map<string, KnownInstrument>();
    for (const [place, symbol] of [...claims.keys()].entries()) {
      const known = held[place];
      if (known === undefined) {
        const message = `the store took the terms of ${symbol} in ${dataset} and does not have them; try again`;
        throw new StoreError('STORE_UNAVAILABLE', message);
      }
      won.set(symbol, known);
    }
    return won;
  };
  if (store.enterPins === undefined) return { find, claim };
  const enterPins = store.enterPins.bind(store);
  return {
    find,
    claim,
    place: async (dataset, homes) => {
      const held = await enterPins(Array.from(homes, ([symbol, partition]) => ({ dataset, symbol, partition })));
      return new Map(Array.from(homes.keys(), (symbol, place) => [symbol, held[place]]));
    },
  };
}
