/**
 * What is known of instruments. In: names. Out: their terms, from memory or the store, or a refusal. An instrument's
 * terms never change, so what was found is kept; what was not found is asked for again. Bounded: at the limit the whole
 * memory is forgotten, which costs reads and changes no answer.
 */
import { decimalsOfStep, type Store, type StoredInstrument } from '@tapeline/domain';
import { fromStore, refusal } from '../refusal.ts';
import { instrumentKey } from '../requests/instrument-key.ts';
import type { InstrumentName } from '../requests/request-fields.ts';

const pageInstruments = 1_000;
const ambiguousShown = 20;

/** Instruments by name. */
export class InstrumentDirectory {
  readonly #store: Store;
  readonly #keptMax: number;
  readonly #kept = new Map<string, StoredInstrument>();

  constructor(store: Store, keptMax: number) {
    this.#store = store;
    this.#keptMax = keptMax;
  }

  /** The instrument; INSTRUMENT_UNKNOWN if there is none. */
  async find({ dataset, symbol }: InstrumentName): Promise<StoredInstrument> {
    const kept = this.known(instrumentKey(dataset, symbol));
    if (kept !== undefined) return kept;
    const [found] = await fromStore(this.#store.instrumentsNamed(symbol, dataset));
    if (found === undefined) throw unknown(dataset, symbol);
    this.#keep(found);
    return found;
  }

  /** All of these, in their order; INSTRUMENT_UNKNOWN for the first that there is not. */
  async findAll(names: readonly InstrumentName[]): Promise<StoredInstrument[]> {
    const found: StoredInstrument[] = [];
    for (let from = 0; from < names.length; from += 16) {
      const some = names.slice(from, from + 16).map(async (name) => this.find(name));
      found.push(...(await Promise.all(some)));
    }
    return found;
  }

  /** The one instrument with this symbol in any dataset; refused if there is none, or more than one. */
  async findBySymbol(symbol: string): Promise<StoredInstrument> {
    const found = await fromStore(this.#store.instrumentsNamed(symbol));
    const [only] = found;
    if (only === undefined) throw unknown(undefined, symbol);
    if (found.length === 1) return only;
    const datasets = found.map(({ dataset }) => dataset);
    const shown = datasets.slice(0, ambiguousShown).join(', ');
    throw refusal(
      'FIELD_INVALID',
      `symbol ${JSON.stringify(symbol)} is in ${datasets.length} datasets (${shown}); name one as dataset`,
      {
        field: 'dataset',
        value: '',
        datasets: shown,
      },
    );
  }

  /** What is in memory of an instrument. */
  known(key: string): StoredInstrument | undefined {
    return this.#kept.get(key);
  }

  /** A page of instruments, as the store has them. */
  async page(query: Parameters<Store['instruments']>[0]): Promise<readonly StoredInstrument[]> {
    return fromStore(this.#store.instruments(query));
  }

  /** Every instrument, or every one of a dataset, page by page. */
  async *all(dataset: string | undefined): AsyncGenerator<readonly StoredInstrument[]> {
    const of = dataset === undefined ? {} : { dataset };
    let after: StoredInstrument | undefined;
    for (;;) {
      const page = await this.page({ ...of, ...(after === undefined ? {} : { after }), limit: pageInstruments });
      for (const instrument of page) this.#keep(instrument);
      if (page.length > 0) yield page;
      if (page.length < pageInstruments) return;
      after = page.at(-1);
    }
  }

  #keep(instrument: StoredInstrument): void {
    if (this.#kept.size >= this.#keptMax) this.#kept.clear();
    this.#kept.set(instrumentKey(instrument.dataset, instrument.symbol), instrument);
  }
}

/** Least decimals of an instrument's prices: those of its tick size, 0 where that is unknown. */
export function priceDecimalsMin({ terms }: StoredInstrument): number {
  return terms.tickSize === 0 ? 0 : decimalsOfStep(terms.tickSize, terms.priceExponent);
}

function unknown(dataset: string | undefined, symbol: string): Error {
  const where = dataset === undefined ? 'any dataset' : `dataset ${JSON.stringify(dataset)}`;
  return refusal(
    'INSTRUMENT_UNKNOWN',
    `no instrument ${JSON.stringify(symbol)} is known in ${where}; ListInstruments (GET /v1/instruments) tells which are`,
    { dataset: dataset ?? '', symbol },
  );
}
