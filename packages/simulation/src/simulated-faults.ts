/**
 * Faults of the simulated log and store. In: a seed's chance and what the test breaks by hand. Out: for each write,
 * what becomes of it. A write that is refused for lack of space never landed; of one that is answered with
 * "unavailable" the caller cannot know.
 */
import type { Random } from './random.ts';

/** What becomes of a write: as asked, or refused; `landed-unknown` landed and its answer is lost. */
export type WriteFate = 'done' | 'full' | 'unavailable' | 'landed-unknown';

/** Chances of each fault, 0 to 1 and together at most 1. */
export type WriteFaults = {
  readonly full: number;
  /** Nothing lands. */
  readonly unavailable: number;
  /** It lands, and the answer says that nobody knows. */
  readonly landedUnknown: number;
};

/** Decides the fate of writes: by hand while something is broken, else by chance. */
export class FaultSource {
  readonly #random: Random | undefined;
  readonly #chances: WriteFaults | undefined;
  #broken: Exclude<WriteFate, 'done'> | undefined;
  #open: Promise<void> = Promise.resolve();

  /** Without chances nothing fails but what the test breaks. */
  constructor(random?: Random, chances?: WriteFaults) {
    this.#random = random;
    this.#chances = chances;
  }

  /** Every write from now on has this fate; `undefined` mends it. */
  break(fate: Exclude<WriteFate, 'done'> | undefined): void {
    this.#broken = fate;
  }

  /** Whether nothing can be read either. */
  get isDown(): boolean {
    return this.#broken === 'unavailable';
  }

  /** Writes from now on wait until the returned function is called; they keep their order. */
  hold(): () => void {
    let release: () => void = () => undefined;
    this.#open = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  }

  /** Resolves when a write that begins now may go on. */
  async opened(): Promise<void> {
    await this.#open;
  }

  /** The fate of the next write. */
  fate(): WriteFate {
    if (this.#broken !== undefined) return this.#broken;
    if (this.#random === undefined || this.#chances === undefined) return 'done';
    const { full, unavailable, landedUnknown } = this.#chances;
    if (this.#random.chance(full)) return 'full';
    if (this.#random.chance(unavailable)) return 'unavailable';
    return this.#random.chance(landedUnknown) ? 'landed-unknown' : 'done';
  }
}
