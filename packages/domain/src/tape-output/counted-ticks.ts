/**
 * Who hears what a fold counts. In: the record being applied, and runs of ticks as they get their numbers. Out: the seam
 * between the rules and what is made of counted ticks: their tape, or only the names of what changed.
 */
import type { InstrumentState } from '../bars/instrument-state.ts';
import type { TickSource } from '../fold/tick-source.ts';

/** A listener of one fold. */
export type CountedTicks = {
  /** What is counted from here on is decided by the record at this offset of the partition. */
  begin(partition: number, offset: number): void;
  /** Ticks `[from, to)` of the source get the next numbers of the instrument's tape. */
  count(
    instrument: InstrumentState,
    publisherId: bigint,
    source: TickSource,
    from: number,
    to: number,
    late: boolean,
  ): void;
  /** The record ends, or the columns of the block that was applied are about to be filled again. */
  settle(): void;
};
