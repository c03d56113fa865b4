/**
 * One segment of the canonical tape: ticks of one publisher and instrument that were counted one after the other. In:
 * where it begins and what decided it, and its tick block. Out: the bytes of a `TapeSegment` of the contract with what a
 * store wants to know of them. Law 1: equal log prefixes give equal bytes.
 */
import { ProtoWriter } from '../log/proto-writer.ts';

/** A segment as it goes out. */
export type TapeSegmentOut = {
  readonly dataset: string;
  readonly symbol: string;
  /** Offset of the record that decided it. */
  readonly offset: number;
  /** Number of its first tick in the tape of the instrument, from 1; the others follow without a gap. */
  readonly firstNumber: number;
  /** Ticks in it, 1 to `segmentTicksMax`. */
  readonly count: number;
  /** Earliest and latest event time in it, ns since the Unix epoch. */
  readonly firstEventNs: bigint;
  readonly lastEventNs: bigint;
  /** Whether it holds a cancel or a correction. */
  readonly amends: boolean;
  /** A `TapeSegment` of the contract. */
  readonly bytes: Uint8Array;
};

/** What holds for a whole segment. */
export type SegmentMarks = { readonly late: boolean; readonly outOfOrder: boolean };

/** The most ticks of one segment, which keeps it well below what a log takes as one record; longer runs go on in another. */
export const segmentTicksMax = 8_192;

/** Small segments share memory of so many bytes, which lasts as long as any of them. */
const sharedBytes = 65_536;
const sharedSegmentMax = 4_096;

/** Frames tick blocks as segments. */
export class SegmentFrame {
  readonly #out = new ProtoWriter(16_384);
  readonly #position = new ProtoWriter(24);
  #shared: Uint8Array = new Uint8Array(0);
  #sharedAt = 0;
  #partition = 0;
  #offset = 0;

  /** Where the segments that follow are decided. */
  moveTo(partition: number, offset: number): void {
    this.#partition = partition;
    this.#offset = offset;
  }

  /** Offset of the record that decides now. */
  get offset(): number {
    return this.#offset;
  }

  /** The bytes of a segment around a tick block; `epoch`: how often its instrument had moved by then. */
  bytesOf(firstNumber: number, marks: SegmentMarks, epoch: number, block: ProtoWriter): Uint8Array {
    const position = this.#position.clear().uint(1, this.#partition).uint(2, epoch).int(3, this.#offset);
    this.#out
      .clear()
      .uint(1, firstNumber)
      .uint(2, marks.late ? 1 : 0)
      .uint(3, marks.outOfOrder ? 1 : 0)
      .messageOf(4, position)
      .messageOf(5, block);
    return this.#kept();
  }

  /** A copy of what was written. Memory of its own for each of many small ones would cost more than they do. */
  #kept(): Uint8Array {
    const out = this.#out;
    const { lengthBytes } = out;
    if (lengthBytes > sharedSegmentMax) return out.finish();
    if (this.#sharedAt + lengthBytes > this.#shared.length) {
      this.#shared = new Uint8Array(sharedBytes);
      this.#sharedAt = 0;
    }
    out.copyTo(this.#shared, this.#sharedAt);
    this.#sharedAt += lengthBytes;
    return this.#shared.subarray(this.#sharedAt - lengthBytes, this.#sharedAt);
  }
}
