/**
 * How much of a partition may wait for store and topics. In: what each write had, and how long it took. Out: the bytes that may wait or be
 * under way, which is what they take within a time that was given. Law 7: where store or log are slow, what waits is bounded in time
 * too, not only in bytes. A snapshot is saved once all before it is written, so without this an owner that is replaced often under load
 * would begin where the one before began.
 */

/** A partition begins with so many bytes, and never has fewer: some steps. */
export const windowBytesMin = 262_144;

/** The window of one partition. */
export class OutboxWindow {
  readonly #forMs: number;
  readonly #bytesMax: number;
  #bytes: number;

  /** What waits is to be written within `forMs`, and never has more than `bytesMax`. */
  constructor(forMs: number, bytesMax: number) {
    this.#forMs = forMs;
    this.#bytesMax = bytesMax;
    this.#bytes = Math.min(windowBytesMin, bytesMax);
  }

  /** Bytes that may wait or be under way. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * A write of so many bytes took so long, ms; what it waited for store or log counts. One within the time shows what they take at least:
   * a small one says little, and takes nothing back. One that took longer shows what they take at most. No time at all shows nothing.
   */
  note(bytes: number, tookMs: number): void {
    const isSlow = tookMs > this.#forMs;
    const inTime = tookMs > 0 ? (bytes / tookMs) * this.#forMs : 0;
    const shown = isSlow ? Math.min(this.#bytes, inTime) : Math.max(this.#bytes, inTime);
    this.#bytes = Math.min(Math.max(shown, windowBytesMin), this.#bytesMax);
  }
}
