/**
 * One decoded tick block as a struct of arrays. In: what `decodeTickBlock` fills. Out: columns for the fold's loops;
 * the object is filled again and again, so nobody keeps it. Numbers are exact: prices and sizes are integers in the
 * instrument's unit, times are ns from the block's base instant, all below 2^53.
 */
import type { InternedAttributes } from './log-dictionary.ts';
import type { PackedTerms } from './terms-dictionary.ts';

/** Clocks by which bars close, numbered as `TimeDomain` of the contract. */
export const TimeDomain = { live: 1, delayed: 2, replay: 3 } as const;
export type TimeDomain = (typeof TimeDomain)[keyof typeof TimeDomain];

/** Field numbers of `TickBlock` up to which `columnStart` and `columnEnd` reach. */
export const tickBlockFieldMax = 31;

/** Columns of one block. Group `g` holds ticks `groupStart[g]` to `groupStart[g + 1] - 1`. */
export class TickColumns {
  bytes: Uint8Array = new Uint8Array(0);
  /** Rises with every block that is decoded into this object, so that what is derived from a block can be kept. */
  serial = 0;
  publisherId = 0n;
  timeDomain: TimeDomain = TimeDomain.live;
  mapEpoch = 0;
  dataset = '';
  /** ns since the Unix epoch; 0 = unknown. */
  receiveTimeNs = 0n;
  timeUnitNs = 1;
  /** The base instant: whole seconds since the Unix epoch and the rest in ns. */
  baseSec = 0;
  baseNano = 0;
  /** Dictionaries: values of the block's entries. */
  terms: PackedTerms[] = [];
  attributes: InternedAttributes[] = [];
  /** Whether every entry of the dictionary is a trade, so that prices and sizes need no spreading. */
  onlyTrades = true;

  groupCount = 0;
  symbols: string[] = [];
  groupStart: Int32Array = new Int32Array(65);
  groupTerms: Int32Array = new Int32Array(64);
  /** First sequence of the group. */
  groupSequence: Float64Array = new Float64Array(64);
  /** The sequence that the group's first tick names as its predecessor; 0 = none. */
  groupLink: Float64Array = new Float64Array(64);

  tickCount = 0;
  /** Earliest and latest event time of the block, ns from the base instant; Infinity and -Infinity without ticks. */
  lowNs: number = Infinity;
  highNs: number = -Infinity;
  /** Whether sequences rise by one inside groups; then `sequence` is not filled. */
  consecutive = true;
  sequence: Float64Array = new Float64Array(1024);
  /** Event time in ns from the base instant. */
  timeNs: Float64Array = new Float64Array(1024);
  /** Index into `attributes`. */
  attribute: Int32Array = new Int32Array(1024);
  /** Integers in the instrument's units; 0 where the kind has none. */
  price: Float64Array = new Float64Array(1024);
  size: Float64Array = new Float64Array(1024);

  /** Where the packed or repeated fields lie in `bytes`, by field number; start = end where absent. */
  readonly columnStart: Int32Array = new Int32Array(tickBlockFieldMax + 1);
  readonly columnEnd: Int32Array = new Int32Array(tickBlockFieldMax + 1);

  /** Makes room for so many groups; contents are lost. */
  reserveGroups(count: number): void {
    if (count <= this.groupTerms.length) return;
    const capacity = Math.max(count, this.groupTerms.length * 2);
    this.groupStart = new Int32Array(capacity + 1);
    this.groupTerms = new Int32Array(capacity);
    this.groupSequence = new Float64Array(capacity);
    this.groupLink = new Float64Array(capacity);
  }

  /** Makes room for so many ticks; contents are lost. */
  reserveTicks(count: number): void {
    if (count <= this.timeNs.length) return;
    const capacity = Math.max(count, this.timeNs.length * 2);
    this.sequence = new Float64Array(capacity);
    this.timeNs = new Float64Array(capacity);
    this.attribute = new Int32Array(capacity);
    this.price = new Float64Array(capacity);
    this.size = new Float64Array(capacity);
  }

  /** What the block holds at most: its publisher, and bounds of its sequences and event times. */
  extent(): { publisherId: bigint; sequenceLow: number; sequenceHigh: number; lowSec: number; highSec: number } {
    let [low, high] = [Infinity, 0];
    for (let group = 0; group < this.groupCount; group += 1) {
      low = Math.min(low, this.groupSequence[group]!);
      high = Math.max(high, this.sequenceAt(group, this.groupStart[group + 1]! - 1));
    }
    const lowSec = secondOf(this, this.lowNs);
    const highSec = secondOf(this, this.highNs);
    return { publisherId: this.publisherId, sequenceLow: low, sequenceHigh: high, lowSec, highSec };
  }

  /** The tick of the group with that sequence; -1 = none. */
  indexOfSequence(group: number, sequence: number): number {
    const from = this.groupStart[group]!;
    const to = this.groupStart[group + 1]!;
    if (!this.consecutive) {
      for (let index = from; index < to; index += 1) if (this.sequence[index] === sequence) return index;
      return -1;
    }
    const index = from + sequence - this.groupSequence[group]!;
    return index >= from && index < to ? index : -1;
  }

  /** Sequence of tick `index` of group `group`. */
  sequenceAt(group: number, index: number): number {
    if (!this.consecutive) return this.sequence[index]!;
    return this.groupSequence[group]! + (index - this.groupStart[group]!);
  }
}

/** The last whole second that fits into an int64 of ns. */
export const lastEventSec = 9_223_372_036;

const nsPerSec = 1_000_000_000;

/** Whole seconds since the Unix epoch at `ns` from the block's base instant. */
export function secondOf(columns: TickColumns, ns: number): number {
  // Below 2^53 ns the quotient is never rounded up to the next whole second.
  return columns.baseSec + Math.floor((ns + columns.baseNano) / nsPerSec);
}

/** The rest in ns of the instant whose whole second is `sec`, as `secondOf` gives it. */
export function nanoOf(columns: TickColumns, ns: number, sec: number): number {
  return ns + columns.baseNano - (sec - columns.baseSec) * nsPerSec;
}
