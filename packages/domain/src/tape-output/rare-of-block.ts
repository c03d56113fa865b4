/**
 * The columns that few blocks have: receive delays, venue sequences, trade ids, originals. In: a block that was checked,
 * and which of its ticks go into a segment. Out: the same columns of the segment's block. They are decoded when the
 * first segment of the block is written; texts and originals are copied as they stand.
 */
import { ProtoWriter } from '../log/proto-writer.ts';
import {
  type ByteSlice,
  originalSlicesOf,
  receiveDelaysOf,
  tradeIdNumbersOf,
  tradeIdSlicesOf,
  venueSequencesOf,
} from '../log/rare-columns.ts';
import { Column } from '../log/tick-block-fields.ts';
import type { TickColumns } from '../log/tick-columns.ts';
import { TickKind } from '../market/tick.ts';

/** The rare columns of the block whose segments are being written. */
export class RareOfBlock {
  readonly #column = new ProtoWriter(4_096);
  #columns: TickColumns | undefined;
  #delays: Float64Array | undefined;
  #venueSequences: Float64Array | undefined;
  #idNumbers: Float64Array | undefined;
  #idSlices: (ByteSlice | undefined)[] | undefined;
  #originals: (ByteSlice | undefined)[] | undefined;

  /** Takes in the columns of a block, just decoded. */
  meet(columns: TickColumns): void {
    this.#columns = columns;
    this.#delays = receiveDelaysOf(columns);
    this.#venueSequences = venueSequencesOf(columns);
    this.#idNumbers = tradeIdNumbersOf(columns);
    this.#idSlices = tradeIdSlicesOf(columns);
    this.#originals = originalSlicesOf(columns);
  }

  /**
   * Writes them for ticks `picked[from, to)`, in the order of the fields; false if two venue sequences are further apart
   * than the format can say, which they can be with a quote between them.
   */
  write(out: ProtoWriter, picked: Int32Array, from: number, to: number): boolean {
    const delays = this.#delays;
    if (delays !== undefined) {
      const column = this.#column.clear();
      for (let at = from; at < to; at += 1) column.zigzag(delays[picked[at]!]!);
      out.messageOf(Column.receiveDelays, column);
    }
    if (this.#venueSequences !== undefined && !this.#writeSteps(out, this.#venueSequences, picked, from, to)) {
      return false;
    }
    this.#writeIds(out, picked, from, to);
    this.#writeSlices(out, Column.originals, this.#originals, picked, from, to);
    return true;
  }

  #writeSteps(out: ProtoWriter, values: Float64Array, picked: Int32Array, from: number, to: number): boolean {
    const column = this.#column.clear();
    let last = 0;
    for (let at = from; at < to; at += 1) {
      const value = values[picked[at]!]!;
      if (!Number.isSafeInteger(value - last)) return false;
      column.zigzag(value - last);
      last = value;
    }
    out.messageOf(Column.venueSequenceSteps, column);
    return true;
  }

  #writeIds(out: ProtoWriter, picked: Int32Array, from: number, to: number): void {
    const numbers = this.#idNumbers;
    if (numbers === undefined) {
      this.#writeSlices(out, Column.tradeIds, this.#idSlices, picked, from, to);
      return;
    }
    const column = this.#column.clear();
    let last = 0;
    for (let at = from; at < to; at += 1) {
      const index = picked[at]!;
      if (!this.#isPriced(index)) continue;
      column.zigzag(numbers[index]! - last);
      last = numbers[index]!;
    }
    if (column.lengthBytes > 0) out.messageOf(Column.tradeIdSteps, column);
  }

  #writeSlices(
    out: ProtoWriter,
    field: number,
    slices: readonly (ByteSlice | undefined)[] | undefined,
    picked: Int32Array,
    from: number,
    to: number,
  ): void {
    if (slices === undefined) return;
    const { bytes } = this.#columns!;
    for (let at = from; at < to; at += 1) {
      const slice = slices[picked[at]!];
      if (slice !== undefined) out.message(field, bytes.subarray(slice.start, slice.end));
    }
  }

  #isPriced(index: number): boolean {
    const { attributes, attribute } = this.#columns!;
    return attributes[attribute[index]!]!.attributes.kind !== TickKind.cancel;
  }
}
