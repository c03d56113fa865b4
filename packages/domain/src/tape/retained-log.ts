/**
 * The tick blocks from which bars can still be rebuilt: the log's own bytes, nothing decoded. In: blocks in log order
 * and which of their ticks were not applied where they stand. Out: blocks by number. A block's number counts the
 * blocks of the partition from 0. Law 7: `bytesMax` bounds the bytes kept and `exclusionsMax` the exceptions; a bar
 * whose first block is dropped is final. Recovery reads the same records again, and so has the same blocks.
 */

import type { TradeIdFilter } from './trade-id-filter.ts';

/** Ticks of a block that are not applied in place (repeats, held, late, refused), as ranges `[from, to)`. */
export type Exclusions = {
  /** The block's `position`. */
  readonly position: number;
  readonly ranges: number[];
};

/** What a block can hold at most, so that it need not be decoded to know that it does not have a tick. */
export type BlockExtent = {
  readonly publisherId: bigint;
  readonly sequenceLow: number;
  readonly sequenceHigh: number;
  /** Event times, whole seconds since the Unix epoch, both within. */
  readonly lowSec: number;
  readonly highSec: number;
};

/** One tick block as it stands in a record. */
export type RetainedBlock = BlockExtent & {
  readonly number: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Bytes of all blocks of the partition before this one. */
  readonly position: number;
  /** `number` and `position` of the first block of the same record: where recovery begins to read again. */
  readonly recordNumber: number;
  readonly recordPosition: number;
  /** Which trade ids it may hold, once somebody looked for one; goes when the block goes. */
  tradeIds: TradeIdFilter | undefined;
};

/** Whether the tick at `index` is one of them. */
export function isWithin({ ranges }: Exclusions, index: number): boolean {
  for (let at = 0; at < ranges.length; at += 2) if (index >= ranges[at]! && index < ranges[at + 1]!) return true;
  return false;
}

const exclusionsMax = 65_536;

/** The blocks as they are now, whatever is added and dropped later. */
export type RetainedView = { block(number: number): RetainedBlock | undefined };

/**
 * The newest blocks of a partition. What `block` answers depends on the log alone, not on which blocks happen to be in
 * memory: a restarted partition has fewer of those that no bar needs.
 */
export class RetainedLog {
  /** Number of the next block. */
  nextNumber = 0;
  /** Bytes of all blocks so far. */
  position = 0;
  /** No block before this number serves a rebuild any more, because the exceptions were too many. */
  floor = 0;
  readonly exclusions: Map<number, Exclusions> = new Map();
  readonly #bytesMax: number;
  #blocks: RetainedBlock[] = [];
  #head = 0;
  #exclusionCount = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Keeps the next block and answers its number. */
  add(offset: number, bytes: Uint8Array, start: number, end: number, extent: BlockExtent): number {
    const number = this.nextNumber;
    const last = this.#blocks.at(-1);
    const { position } = this;
    const isFirst = last?.offset !== offset;
    const recordNumber = isFirst ? number : last.recordNumber;
    const recordPosition = isFirst ? position : last.recordPosition;
    const { publisherId, sequenceLow, sequenceHigh, lowSec, highSec } = extent;
    // One literal: as many blocks as ticks come where every tick has its own.
    this.#blocks.push({
      publisherId,
      sequenceLow,
      sequenceHigh,
      lowSec,
      highSec,
      number,
      offset,
      bytes,
      start,
      end,
      position,
      recordNumber,
      recordPosition,
      tradeIds: undefined,
    });
    this.nextNumber += 1;
    this.position += end - start;
    while (this.#head < this.#blocks.length && !this.#isNear(this.#blocks[this.#head]!.position)) this.#head += 1;
    if (this.exclusions.size > 0) this.#forgetFar();
    return number;
  }

  /** The block with that number; `undefined` if it lies too far back, or no bar needed it. */
  block(number: number): RetainedBlock | undefined {
    const first = this.#blocks[this.#head];
    if (first === undefined || number < first.number || number < this.floor) return undefined;
    return this.#blocks[this.#head + number - first.number];
  }

  /** See `RetainedView`; it keeps the memory of its blocks. */
  view(): RetainedView {
    const blocks = this.#blocks;
    const head = this.#head;
    const { floor, nextNumber } = this;
    const first = blocks[head];
    return {
      block: (number) =>
        first === undefined || number < first.number || number < floor || number >= nextNumber
          ? undefined
          : blocks[head + number - first.number],
    };
  }

  /** Notes that the tick at `index` of block `number` is not applied where it stands. */
  exclude(number: number, index: number): void {
    let exclusions = this.exclusions.get(number);
    if (exclusions === undefined) {
      const block = this.block(number);
      if (block === undefined) return;
      exclusions = { position: block.position, ranges: [] };
      this.exclusions.set(number, exclusions);
    }
    const { ranges } = exclusions;
    if (ranges.at(-1) === index) {
      ranges[ranges.length - 1] = index + 1;
      return;
    }
    ranges.push(index, index + 1);
    this.#exclusionCount += 1;
    if (this.#exclusionCount > exclusionsMax) this.#raiseFloor(number + 1);
  }

  /** Notes that a tick that was held is applied after all. */
  include(number: number, index: number): void {
    const ranges = this.exclusions.get(number)?.ranges;
    if (ranges === undefined) return;
    for (let at = 0; at < ranges.length; at += 2) {
      const [from, to] = [ranges[at]!, ranges[at + 1]!];
      if (index < from || index >= to) continue;
      const rest = [from, index, index + 1, to].filter((_, place, all) => all[place & ~1]! < all[place | 1]!);
      ranges.splice(at, 2, ...rest);
      this.#exclusionCount += rest.length / 2 - 1;
      if (ranges.length === 0) this.exclusions.delete(number);
      return;
    }
  }

  /** Frees the memory of blocks that no bar in the state needs. */
  dropBefore(number: number): void {
    while (this.#head < this.#blocks.length && this.#blocks[this.#head]!.number < number) this.#head += 1;
    if (this.#head > 1024 && this.#head * 2 > this.#blocks.length) {
      this.#blocks = this.#blocks.slice(this.#head);
      this.#head = 0;
    }
    for (const block of this.exclusions.keys()) if (block < number) this.#forgetExclusions(block);
  }

  /** Takes the place of a restored partition: the next block read will be `number`, after `position` bytes. */
  resume(number: number, position: number, floor: number, exclusions: ReadonlyMap<number, Exclusions>): void {
    this.nextNumber = number;
    this.position = position;
    this.floor = floor;
    for (const [block, { position: at, ranges }] of exclusions) {
      this.exclusions.set(block, { position: at, ranges });
      this.#exclusionCount += ranges.length / 2;
    }
  }

  #isNear(position: number): boolean {
    return this.position - position <= this.#bytesMax;
  }

  #forgetFar(): void {
    for (const [block, { position }] of this.exclusions) {
      if (this.#isNear(position)) break;
      this.#forgetExclusions(block);
    }
  }

  #raiseFloor(number: number): void {
    this.floor = number;
    this.dropBefore(number);
  }

  #forgetExclusions(block: number): void {
    this.#exclusionCount -= this.exclusions.get(block)!.ranges.length / 2;
    this.exclusions.delete(block);
  }
}
