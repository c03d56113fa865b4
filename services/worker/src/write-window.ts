/**
 * How much of a partition may wait for store and topics. In: what each write had, and how long it took. Out: the bytes that they take
 * within a time that was given, by the last write. Law 7: what waits is bounded in time too, so that a snapshot becomes durable soon
 * after it was made, and a stop ends with everything written, also where store or log are slow: without it an owner that is replaced
 * often under load would begin where the one before began.
 */

/** So much may wait however slow the last write was, bytes: some steps, so that small writes do not hold up large ones. */
export const windowBytesMin = 262_144;

/** The window of one partition. */
export class WriteWindow {
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

  /** A write of so many bytes took so long, ms; what it waited for store or log counts. */
  note(bytes: number, tookMs: number): void {
    const inTime = tookMs > 0 ? (bytes / tookMs) * this.#forMs : Infinity;
    this.#bytes = Math.min(Math.max(inTime, windowBytesMin), this.#bytesMax);
  }
}
