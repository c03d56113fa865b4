/**
 * How much of the disk a data directory may use. In: what its two databases use. Out: what the next write may use, and
 * the remedy when that is nothing. Ticks are refused first, so that what was acknowledged can still be counted, put out
 * and stored in the tenth that is left.
 */

/** Of the quota, what ticks may fill. */
const ticksShare = 0.9;

/** Smallest quota, bytes: less than this is filled by the empty tables and one group of records. */
export const quotaBytesMin = 67_108_864;

/** The bytes that are used and may be used. Without a quota the disk is the only limit. */
export class Quota {
  readonly #bytesMax: number;
  #logBytes = 0;
  #storeBytes = 0;
  readonly #tell: (logBytes: number, storeBytes: number) => void;

  /** `tell` hears of every change. */
  constructor(bytesMax: number | undefined, tell: (logBytes: number, storeBytes: number) => void) {
    this.#bytesMax = bytesMax ?? Infinity;
    this.#tell = tell;
  }

  /** What the log's database uses now. */
  logUses(bytes: number): void {
    this.#logBytes = bytes;
    this.#tell(bytes, this.#storeBytes);
  }

  /** What the store's database uses now. */
  storeUses(bytes: number): void {
    this.#storeBytes = bytes;
    this.#tell(this.#logBytes, bytes);
  }

  /** Up to where the log's database may grow, bytes. */
  logBytesMax(): { readonly ticksBytesMax: number; readonly bytesMax: number } {
    return {
      ticksBytesMax: this.#bytesMax * ticksShare - this.#storeBytes,
      bytesMax: this.#bytesMax - this.#storeBytes,
    };
  }

  /** Up to where the store's database may grow, bytes. */
  storeBytesMax(): number {
    return this.#bytesMax - this.#logBytes;
  }

  /** What is full and what to do, as the end of a message. */
  remedy(byQuota: boolean): string {
    if (!byQuota) return 'the disk is full: make space on it, and it goes on by itself';
    return `the quota of ${this.#bytesMax} bytes is used up: raise it, or keep the log for a shorter time`;
  }
}
