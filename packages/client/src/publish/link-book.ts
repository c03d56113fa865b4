/**
 * The chain of each instrument. In: symbols as their ticks get sequences. Out: the link of each tick, which is the
 * sequence of the tick before it of its instrument. Pure. Law 7: a bounded number of instruments, because a link that
 * was forgotten could not be named again.
 */
import { PublisherFailedError } from './publisher-errors.ts';

/** Instruments of one publisher. */
export const instrumentsMax = 100_000;

/** Last sequences by symbol. */
export class LinkBook {
  readonly #last = new Map<string, number>();
  readonly #max: number;

  constructor(max: number = instrumentsMax) {
    this.#max = max;
  }

  /** How many instruments have a tick. */
  get size(): number {
    return this.#last.size;
  }

  /** Gives the instrument's next tick its link, 0 for the first. Throws INSTRUMENTS_TOO_MANY and takes nothing then. */
  advance(symbol: string, sequence: number): number {
    const link = this.#last.get(symbol);
    if (link === undefined && this.#last.size >= this.#max) {
      const message = `a publisher has at most ${this.#max} instruments; publish ${symbol} by another publisher`;
      throw new PublisherFailedError('INSTRUMENTS_TOO_MANY', message);
    }
    this.#last.set(symbol, sequence);
    return link ?? 0;
  }

  /** Takes over a last sequence, as a journal has it. */
  set(symbol: string, sequence: number): void {
    this.#last.set(symbol, sequence);
  }

  /** The last sequence of the instrument; `undefined` if it has no tick. */
  get(symbol: string): number | undefined {
    return this.#last.get(symbol);
  }

  /** Every instrument with its last sequence, in the order of their first ticks. */
  entries(): IterableIterator<[string, number]> {
    return this.#last.entries();
  }

  /** Under a new identity every chain begins again. */
  clear(): void {
    this.#last.clear();
  }
}
