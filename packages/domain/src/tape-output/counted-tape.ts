/**
 * Collects the canonical tape while a fold counts. In: runs of ticks as the fold numbers them, in counting order. Out:
 * segments, whenever somebody takes them. It holds what was counted since the last `take`, so a caller takes after each
 * step; a step of so many bytes of records makes about as many bytes of segments.
 */
import type { InstrumentState } from '../bars/instrument-state.ts';
import { TickKind } from '../market/tick.ts';
import type { TickSource } from '../fold/tick-source.ts';
import { BlockRuns } from './block-runs.ts';
import type { CountedTicks } from './counted-ticks.ts';
import { HeldRun } from './held-run.ts';
import { SegmentFrame, type TapeSegmentOut } from './tape-segment.ts';

/** What a fold counted. Give it to `PartitionFold.step`, and `take` afterwards. */
export class CountedTape implements CountedTicks {
  #segments: TapeSegmentOut[] = [];
  readonly #frame = new SegmentFrame();
  readonly #blocks = new BlockRuns(this.#frame);
  readonly #held = new HeldRun(this.#frame);

  /** The run of ticks of one block that is being counted. */
  #instrument: InstrumentState | undefined;
  #source: TickSource | undefined;
  #group = 0;
  #from = 0;
  #to = 0;
  #firstNumber = 0;
  #late = false;
  #outOfOrder = false;

  /** The segments since the last call, in counting order; forgets them. */
  take(): TapeSegmentOut[] {
    const taken = this.#segments;
    this.#segments = [];
    return taken;
  }

  /** For the fold: what is counted from here on is decided by this record. */
  begin(partition: number, offset: number): void {
    this.#frame.moveTo(partition, offset);
  }

  /** For the fold: ticks `[from, to)` of the source get the next numbers of the instrument's tape. */
  count(
    instrument: InstrumentState,
    publisherId: bigint,
    source: TickSource,
    from: number,
    to: number,
    late: boolean,
  ): void {
    if (source.held !== undefined) {
      this.#closeRun();
      if (!this.#held.add(instrument, publisherId, source, late)) {
        this.#held.close(this.#segments);
        this.#held.add(instrument, publisherId, source, late);
      }
      return;
    }
    this.#held.close(this.#segments);
    if (!this.#continues(instrument, source, from, late)) {
      this.#closeRun();
      this.#instrument = instrument;
      this.#source = source;
      this.#group = source.group;
      this.#from = from;
      this.#firstNumber = instrument.lastNumber + 1;
      this.#late = late;
      this.#outOfOrder = source.outOfOrder;
    }
    this.#to = to;
  }

  /** For the fold: the record ends, or the columns of the block that was applied are about to be filled again. */
  settle(): void {
    this.#closeRun();
    this.#held.close(this.#segments);
  }

  #continues(instrument: InstrumentState, source: TickSource, from: number, late: boolean): boolean {
    if (
      this.#source !== source ||
      this.#instrument !== instrument ||
      this.#group !== source.group ||
      this.#late !== late ||
      this.#outOfOrder !== source.outOfOrder
    ) {
      return false;
    }
    // Quotes and states of trading have no number, and do not end a run.
    const { attributes, attribute } = source.columns;
    for (let index = this.#to; index < from; index += 1) {
      const { kind } = attributes[attribute[index]!]!.attributes;
      if (kind !== TickKind.quote && kind !== TickKind.status) return false;
    }
    return true;
  }

  #closeRun(): void {
    const instrument = this.#instrument;
    const source = this.#source;
    if (instrument === undefined || source === undefined) return;
    this.#instrument = undefined;
    this.#source = undefined;
    this.#blocks.write(this.#segments, {
      instrument,
      columns: source.columns,
      group: this.#group,
      from: this.#from,
      to: this.#to,
      firstNumber: this.#firstNumber,
      late: this.#late,
      outOfOrder: this.#outOfOrder,
    });
  }
}
