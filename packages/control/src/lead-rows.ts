/**
 * Rows of instruments, as a plan needs them: whether there is one, and its pin (ADR 20). In: a store. Out: what it said, kept, since
 * a row's pin never changes. Law 7: so many are kept and asked for at once; a plan goes by what is known.
 */
import { InstrumentMap, type InstrumentName, type InstrumentRow, type Store, StoreError } from '@tapeline/domain';
import type { Logger } from '@tapeline/runtime';

/** Most rows that are kept: as many instruments as a stream is made for, twice. */
const rowsMax = 200_000;
/** Most that are asked for before one plan, and at once. */
const askedMax = 1_024;
const atOnce = 16;

/** What the store said. */
export class KnownRows {
  readonly #store: Pick<Store, 'instrumentsNamed' | 'enterPins'>;
  readonly #logger: Logger;
  #rows: InstrumentMap<InstrumentRow> = new InstrumentMap();

  constructor(store: Pick<Store, 'instrumentsNamed' | 'enterPins'>, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
  }

  /** The row of an instrument, if it is known. */
  rowOf(dataset: string, symbol: string): InstrumentRow | undefined {
    return this.#rows.get(dataset, symbol);
  }

  /** Asks for the rows that are not known; of those without one it asks again the next time. */
  async learn(pinned: readonly InstrumentName[], measured: InstrumentMap<unknown>): Promise<void> {
    const unknown: InstrumentName[] = pinned.filter(({ dataset, symbol }) => this.rowOf(dataset, symbol) === undefined);
    // Where the store takes no pins every instrument began at home, and only whether there is one at all counts.
    if (this.#store.enterPins !== undefined) {
      measured.forEach((_, dataset, symbol) => {
        if (unknown.length < askedMax && this.rowOf(dataset, symbol) === undefined) unknown.push({ dataset, symbol });
      });
    }
    for (let from = 0; from < Math.min(unknown.length, askedMax); from += atOnce) {
      const some = unknown.slice(from, from + atOnce);
      if (!(await this.#ask(some))) return;
    }
  }

  async #ask(names: readonly InstrumentName[]): Promise<boolean> {
    try {
      const found = await Promise.all(
        names.map(async ({ dataset, symbol }) => this.#store.instrumentsNamed(symbol, dataset)),
      );
      if (this.#rows.size + names.length > rowsMax) this.#rows = new InstrumentMap();
      for (const { dataset, symbol, pin } of found.flat()) this.#rows.set(dataset, symbol, { pin });
      return true;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#logger.debug('the store does not tell rows; the plan goes by those that are known', { error });
      return false;
    }
  }
}
