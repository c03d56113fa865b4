/**
 * How far publishers are known to be. In: runs of ticks as they settle. Out: per instrument a sequence up to which every
 * tick is durable or refused: a lower bound, because a run counts only where it joins what is known. Law 7: so many
 * instruments are kept; beyond, whole publishers are forgotten, those first that settled nothing for longest.
 */
import type { ReachedTick } from '@tapeline/domain';

/** Instruments of all publishers that are kept. */
export const settledInstrumentsMax = 100_000;

/** An instrument of a publisher and how far it is. */
export type SettledInstrument = { readonly dataset: string; readonly symbol: string; readonly sequence: number };

type OfPublisher = { readonly datasets: Map<string, Map<string, number>>; size: number };

/** What this process knows to be settled. */
export class SettledSequences {
  readonly #publishers = new Map<bigint, OfPublisher>();
  readonly #entriesMax: number;
  #entries = 0;

  constructor(entriesMax: number = settledInstrumentsMax) {
    this.#entriesMax = entriesMax;
  }

  /** Instruments that are kept. */
  get size(): number {
    return this.#entries;
  }

  /** These runs of a publisher are settled, in the order in which their stream sent them. */
  reach(publisherId: bigint, dataset: string, reached: readonly ReachedTick[]): void {
    const known = this.#publishers.get(publisherId);
    // What lies before a link is not known to be settled here, so that of a publisher only its beginning is news.
    if (known === undefined && reached.every(({ link }) => link !== 0)) return;
    const publisher = known ?? { datasets: new Map(), size: 0 };
    // A map keeps the order of insertion, so whoever settled nothing for longest stands first.
    this.#publishers.delete(publisherId);
    this.#publishers.set(publisherId, publisher);
    let symbols = publisher.datasets.get(dataset);
    for (const { symbol, link, sequence } of reached) {
      const before = symbols?.get(symbol);
      if (before === undefined ? link !== 0 : link > before || sequence <= before) continue;
      if (before === undefined) {
        if (!this.#makeRoom(publisherId)) continue;
        publisher.size += 1;
        this.#entries += 1;
      }
      if (symbols === undefined) publisher.datasets.set(dataset, (symbols = new Map()));
      symbols.set(symbol, sequence);
    }
  }

  /** Instruments of a publisher by dataset and symbol, after a place, those of one dataset alone if it is named. */
  list(
    publisherId: bigint,
    dataset: string,
    after: { readonly dataset: string; readonly symbol: string } | undefined,
  ): SettledInstrument[] {
    const found: SettledInstrument[] = [];
    for (const [name, symbols] of this.#publishers.get(publisherId)?.datasets ?? []) {
      if (dataset !== '' && dataset !== name) continue;
      for (const [symbol, sequence] of symbols) {
        if (after === undefined || isAfter(name, symbol, after)) found.push({ dataset: name, symbol, sequence });
      }
    }
    return found.sort((left, right) => (isAfter(left.dataset, left.symbol, right) ? 1 : -1));
  }

  #makeRoom(keptId: bigint): boolean {
    while (this.#entries >= this.#entriesMax) {
      const [oldest] = this.#publishers;
      if (oldest === undefined || oldest[0] === keptId) return false;
      this.#publishers.delete(oldest[0]);
      this.#entries -= oldest[1].size;
    }
    return true;
  }
}

function isAfter(
  dataset: string,
  symbol: string,
  other: { readonly dataset: string; readonly symbol: string },
): boolean {
  return dataset === other.dataset ? symbol > other.symbol : dataset > other.dataset;
}
