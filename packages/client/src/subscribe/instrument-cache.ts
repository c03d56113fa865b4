/**
 * What the numbers of instruments mean, asked once each. In: names. Out: exponents and tick sizes, which never change.
 * Law 7: a subscription has at most 1,000 instruments, and beyond its bound the cache asks again.
 */
import { decimalsOfStep, formatUnits } from '@tapeline/domain';
import { type wireMarket, wireQuery } from '@tapeline/wire';
import type { Reader } from './reader.ts';
import type { InstrumentName, ListedInstrument } from './reader-types.ts';

const entriesMax = 10_000;

/** An instrument with the least number of decimals that its prices are shown with. */
export type KnownInstrument = ListedInstrument & { readonly priceDecimalsMin: number };

/** Instruments by name. */
export class InstrumentCache {
  readonly #reader: Reader;
  readonly #known = new Map<string, KnownInstrument>();

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** The instrument. Rejects with `RpcError` INSTRUMENT_UNKNOWN if there is none. */
  async get({ dataset, symbol }: InstrumentName): Promise<KnownInstrument> {
    const key = JSON.stringify([dataset, symbol]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const { getInstrument } = wireQuery.QueryServiceDefinition.methods;
    const { instrument } = await this.#reader.ask(getInstrument, { instrument: { dataset, symbol } });
    if (instrument === undefined) throw new Error(`the server answered no instrument for ${dataset} ${symbol}`);
    if (this.#known.size >= entriesMax) this.#known.clear();
    const fresh = knownInstrument(instrument);
    this.#known.set(key, fresh);
    return fresh;
  }
}

/** An instrument of the wire. */
export function listedInstrument(instrument: wireMarket.Instrument): ListedInstrument {
  const { dataset, symbol, priceExponent, sizeExponent, currency, calendar } = instrument;
  const tickSize = instrument.tickSize === 0n ? null : formatUnits(instrument.tickSize, priceExponent);
  return { dataset, symbol, priceExponent, sizeExponent, tickSize, currency, calendar };
}

function knownInstrument(instrument: wireMarket.Instrument): KnownInstrument {
  const { tickSize, priceExponent } = instrument;
  const priceDecimalsMin = tickSize === 0n ? 0 : decimalsOfStep(Number(tickSize), priceExponent);
  return { ...listedInstrument(instrument), priceDecimalsMin };
}
