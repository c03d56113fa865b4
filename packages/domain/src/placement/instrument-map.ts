/**
 * Values by instrument. In: dataset, symbol, a value. Out: the value of an instrument, or all in the order of their names.
 * An instrument is (dataset, symbol), law 6: the same symbol of two datasets is two entries, and no text joins the two.
 */

/** What names an instrument. */
export type InstrumentName = { readonly dataset: string; readonly symbol: string };

/** An instrument and what is kept of it. */
export type InstrumentEntry<Value> = InstrumentName & { readonly value: Value };

/** A map whose key is an instrument; it has each at most once. */
export class InstrumentMap<Value> {
  readonly #byDataset: Map<string, Map<string, Value>>;
  #size = 0;

  /** Empty, or a copy of another one, which then goes its own way. */
  constructor(other?: InstrumentMap<Value>) {
    this.#byDataset = new Map();
    if (other === undefined) return;
    for (const [dataset, bySymbol] of other.#byDataset) this.#byDataset.set(dataset, new Map(bySymbol));
    this.#size = other.#size;
  }

  /** How many instruments it has. */
  get size(): number {
    return this.#size;
  }

  /** The value of the instrument; `undefined` if it has none. */
  get(dataset: string, symbol: string): Value | undefined {
    return this.#byDataset.get(dataset)?.get(symbol);
  }

  /** Gives the instrument a value, in place of the one it had. */
  set(dataset: string, symbol: string, value: Value): void {
    let bySymbol = this.#byDataset.get(dataset);
    if (bySymbol === undefined) {
      bySymbol = new Map();
      this.#byDataset.set(dataset, bySymbol);
    }
    if (!bySymbol.has(symbol)) this.#size += 1;
    bySymbol.set(symbol, value);
  }

  /** Takes the instrument out; no matter if it is not there. */
  delete(dataset: string, symbol: string): void {
    const bySymbol = this.#byDataset.get(dataset);
    if (bySymbol?.delete(symbol) !== true) return;
    this.#size -= 1;
    if (bySymbol.size === 0) this.#byDataset.delete(dataset);
  }

  /** Calls `visit` with every instrument, in the order in which they came. */
  forEach(visit: (value: Value, dataset: string, symbol: string) => void): void {
    for (const [dataset, bySymbol] of this.#byDataset) {
      for (const [symbol, value] of bySymbol) visit(value, dataset, symbol);
    }
  }

  /** All entries in the order of `compareNames`, so that what is made of them does not depend on how they came. */
  sorted(): InstrumentEntry<Value>[] {
    const entries: InstrumentEntry<Value>[] = [];
    this.forEach((value, dataset, symbol) => entries.push({ dataset, symbol, value }));
    return entries.sort(compareNames);
  }
}

/** By dataset, then symbol, both by UTF-16 code units: the same everywhere, whatever the language of the machine. */
export function compareNames(one: InstrumentName, other: InstrumentName): number {
  return compareTexts(one.dataset, other.dataset) || compareTexts(one.symbol, other.symbol);
}

function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
