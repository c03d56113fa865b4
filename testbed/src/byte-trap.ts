/**
 * A fault that springs at one byte. In: the sizes of what passes. Out: where in a piece the byte lies, once. It counts
 * over all connections of a direction, from the moment it is set.
 */

/** Springs at the byte after `bytesBefore` bytes. */
export class ByteTrap {
  #left: number;
  readonly #sprung: () => void;
  /** Resolves once it has sprung. */
  readonly done: Promise<void>;

  constructor(bytesBefore: number) {
    this.#left = bytesBefore;
    let sprung = (): void => undefined;
    this.done = new Promise((resolve) => {
      sprung = resolve;
    });
    this.#sprung = sprung;
  }

  /** Index of its byte in a piece of `length` bytes; undefined if it is not in it. */
  pass(length: number): number | undefined {
    const at = this.#left;
    this.#left -= length;
    return at >= 0 && at < length ? at : undefined;
  }

  spring(): void {
    this.#sprung();
  }
}
