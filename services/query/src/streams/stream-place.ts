/**
 * How far a stream is. In: records whose items were sent. Out: the offsets that a resume token says, and the watermark.
 * It speaks of what was handed to the transport, never of what waits, so a token from here leaves no gap.
 */

/** What a place is measured against: where the hub is. */
export type HubPlace = {
  readonly positions: readonly number[];
  readonly clocksNs: readonly bigint[];
  readonly latenessMs: number;
};

const nsPerMs = 1_000_000n;
const nsPerSec = 1_000_000_000n;

/** Offset and clock of each partition. */
export class StreamPlace {
  /** The first record of each partition that was not sent. */
  readonly at: number[];
  readonly #clocksNs: bigint[];
  #latenessMs = 0;
  #watermarkNs = 0n;

  constructor(at: readonly number[]) {
    this.at = [...at];
    this.#clocksNs = at.map(() => 0n);
  }

  /** Everything before `nextOffset` of the partition was sent. */
  advance(partition: number, nextOffset: number, clockNs: bigint, latenessMs: number = 0): void {
    if (nextOffset > (this.at[partition] as number)) this.at[partition] = nextOffset;
    if (clockNs > (this.#clocksNs[partition] as bigint)) this.#clocksNs[partition] = clockNs;
    if (latenessMs > this.#latenessMs) this.#latenessMs = latenessMs;
  }

  /** Everything that the hub handed over was sent. */
  meet({ positions, clocksNs, latenessMs }: HubPlace): void {
    for (const [partition, position] of positions.entries()) {
      this.advance(partition, position, clocksNs[partition] as bigint, latenessMs);
    }
  }

  /**
   * The lowest clock of these partitions, ns; 0 until all have told one, or the hub knows that they have nothing to tell.
   * It does not go back.
   */
  watermarkNs(partitions: Iterable<number>): bigint {
    let lowest: bigint | undefined;
    for (const partition of partitions) {
      const clockNs = this.#clocksNs[partition] as bigint;
      if (lowest === undefined || clockNs < lowest) lowest = clockNs;
    }
    if (lowest !== undefined && lowest > this.#watermarkNs) this.#watermarkNs = lowest;
    return this.#watermarkNs;
  }

  /** The second up to which every live bar has closed and was sent; -1 while no clock is known. */
  passedSec(partitions: Iterable<number>): number {
    const watermarkNs = this.watermarkNs(partitions);
    return watermarkNs === 0n ? -1 : Number((watermarkNs - BigInt(this.#latenessMs) * nsPerMs) / nsPerSec);
  }
}
