/**
 * How much each of the shared partitions should carry. In: rates of the instruments that live there, and partitions. Out:
 * the level to which all but the heaviest instruments fill them evenly, and the bounds around it. An instrument that is
 * heavier than the level fills a partition alone, so it counts neither in the sum nor in the partitions (as water fills a vessel
 * around stones that stand out of it).
 */

/** The part of the target below which a partition is quiet: it needs no relief, however little the others carry. */
export const quietShare = 0.02;
/** What an instrument that is too heavy itself carries at least of its partition's load: relief for less is not worth moves. */
const aloneShare = 0.9;
/** What it carries of it once relief has begun. */
const aloneShareReached = 0.95;

/** The level of partitions, and from where to where they are evened out; all in one unit. */
export class SpreadLevel {
  readonly level: number;
  /** Below this load nothing is evened out. */
  readonly quiet: number;
  readonly #skewMax: number;

  /**
   * `heavyFirst`: what cannot be parted, the heaviest first: free instruments, and sums of what is pinned to one partition.
   * `partitions`: how many share them, 1 or more. `skewMax`: above 1, below 2. `target`: of one partition.
   */
  constructor(heavyFirst: ArrayLike<number>, partitions: number, skewMax: number, target: number) {
    this.#skewMax = skewMax;
    this.quiet = target * quietShare;
    let rest = 0;
    for (let index = 0; index < heavyFirst.length; index += 1) rest += heavyFirst[index] ?? 0;
    let left = partitions;
    for (let index = 0; left > 1 && (heavyFirst[index] ?? 0) > rest / left; index += 1) {
      rest -= heavyFirst[index] ?? 0;
      left -= 1;
    }
    this.level = rest / left;
  }

  /** A partition that carries more is relieved. `heaviest`: what cannot be parted in it. */
  relieveAbove(heaviest: number): number {
    return Math.max(this.level * this.#skewMax, heaviest / aloneShare, this.quiet);
  }

  /** Once begun it is relieved down to this: half of what is allowed, so that it does not begin again at the next change. */
  relieveTo(heaviest: number): number {
    return Math.max(this.level * (1 + this.#slack / 2), heaviest / aloneShareReached);
  }

  /** A partition that carries less takes from others, even if none carries too much. */
  get fillBelow(): number {
    return this.level > this.quiet ? this.level * (1 - this.#slack) : 0;
  }

  /** Once begun it takes up to this. */
  get fillTo(): number {
    return this.level > this.quiet ? this.level * (1 - this.#slack / 2) : 0;
  }

  /** What a partition carries at most after an instrument came back to it. */
  get roomTo(): number {
    return Math.max(this.relieveTo(0), this.quiet);
  }

  get #slack(): number {
    return this.#skewMax - 1;
  }
}
