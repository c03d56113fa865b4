/**
 * How far a stream is. In: records whose items were sent, and what waits. Out: the offsets that a resume token says, and the
 * watermark. It speaks of what was handed to the transport, never of what waits, so a token from here leaves no gap.
 */

/** What a place is measured against: where the hub is, and what it says of what the stream follows. */
export type HubPlace = {
  readonly positions: readonly number[];
  /** Everything that the stream follows is there up to this clock, ns; 0 = unknown. */
  readonly watermarkNs: bigint;
  readonly latenessMs: number;
};

const nsPerMs = 1_000_000n;
const nsPerSec = 1_000_000_000n;

/** Offsets of the partitions, and the watermark. */
export class StreamPlace {
  /** The first record of each partition that was not sent. */
  readonly at: number[];
  /** The clocks of the partitions that alone speak of what the stream follows, while it reads by itself. */
  readonly #homeClocksNs: Map<number, bigint> | undefined;
  #isClaiming = true;
  #latenessMs = 0;
  #watermarkNs = 0n;

  /** `homes`: partitions that nothing that is followed ever left; absent = the hub alone knows where it is. */
  constructor(at: readonly number[], homes?: Iterable<number>) {
    this.at = [...at];
    if (homes !== undefined) this.#homeClocksNs = new Map(Array.from(homes, (partition) => [partition, 0n]));
  }

  /** The first record of a partition that was not sent. */
  of(partition: number): number {
    return this.at[partition] ?? 0;
  }

  /** Whether something was read by itself that the hub, which is at these offsets, has not. */
  isAheadOf(positions: readonly number[]): boolean {
    return this.at.some((offset, partition) => offset > (positions[partition] ?? 0));
  }

  /** Everything before `nextOffset` of the partition was sent, or waits. */
  advance(partition: number, nextOffset: number): void {
    while (this.at.length <= partition) this.at.push(0);
    if (nextOffset > this.of(partition)) this.at[partition] = nextOffset;
  }

  /** As `advance`, of a record that the stream read by itself, with its clock. */
  read(partition: number, nextOffset: number, clockNs: bigint, latenessMs: number): void {
    this.advance(partition, nextOffset);
    this.#latenessMs = Math.max(this.#latenessMs, latenessMs);
    const clocks = this.#homeClocksNs;
    const before = clocks?.get(partition);
    if (clocks === undefined || before === undefined || clockNs <= before) return;
    clocks.set(partition, clockNs);
    if (this.#isClaiming) this.#raise([...clocks.values()].reduce((low, ns) => (ns < low ? ns : low)));
  }

  /** Something that is followed moved: what is read says nothing of it any more. */
  claimNoMore(): void {
    this.#isClaiming = false;
  }

  /** Everything that the hub handed over was sent. */
  meet({ positions, watermarkNs, latenessMs }: HubPlace): void {
    for (const [partition, position] of positions.entries()) this.advance(partition, position);
    this.#latenessMs = Math.max(this.#latenessMs, latenessMs);
    this.#raise(watermarkNs);
  }

  /** Up to which clock everything was sent, ns; 0 = unknown. It does not go back. */
  get watermarkNs(): bigint {
    return this.#watermarkNs;
  }

  /** The second up to which every live bar has closed and was sent; -1 while no clock is known. */
  get passedSec(): number {
    if (this.#watermarkNs === 0n) return -1;
    return Number((this.#watermarkNs - BigInt(this.#latenessMs) * nsPerMs) / nsPerSec);
  }

  /** The offsets for a resume token: before all that waits, which lies from these offsets on. */
  tokenAt(waitsFrom: ReadonlyMap<number, number>): readonly number[] {
    if (waitsFrom.size === 0) return this.at;
    return this.at.map((offset, partition) => Math.min(offset, waitsFrom.get(partition) ?? offset));
  }

  #raise(ns: bigint): void {
    if (ns > this.#watermarkNs) this.#watermarkNs = ns;
  }
}
