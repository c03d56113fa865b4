/**
 * Who waits for partitions. In: wishes, how many partitions the map in force knows, refusals. Out: each wish answered once.
 * Law 7: so many may wait, and none waits longer than the token of the coordinator that it asked.
 */

/** Most wishes that wait at once. */
const waitingMax = 64;

type Wish = {
  readonly count: number;
  readonly resolve: (count: number) => void;
  readonly reject: (error: Error) => void;
};

/** Wishes for partitions that are not there yet. */
export class GrowthWishes {
  #wishes: Wish[] = [];

  /** Resolves with how many partitions a map knows, once these are among them. */
  wait(count: number): Promise<number> {
    if (this.#wishes.length >= waitingMax) {
      return Promise.reject(new Error(`${waitingMax} wait for partitions already; wait for their end`));
    }
    return new Promise((resolve, reject) => {
      this.#wishes.push({ count, resolve, reject });
    });
  }

  /** A map knows so many. */
  reached(partitions: number): void {
    const done = this.#wishes.filter(({ count }) => count <= partitions);
    this.#wishes = this.#wishes.filter(({ count }) => count > partitions);
    for (const { resolve } of done) resolve(partitions);
  }

  /** None of them comes. */
  refuse(message: string): void {
    for (const { reject } of this.#wishes.splice(0)) reject(new Error(message));
  }
}
