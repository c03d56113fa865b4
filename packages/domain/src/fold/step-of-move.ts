/**
 * What a step of the fold tells of instruments that came and went. In: nothing. Out: the type. Steps stand in the order of the log; by
 * them workers close chunks, tell readers and report. They follow from the records alone, so a repeat tells the same.
 */
import type { InstrumentName } from '../placement/instrument-map.ts';

/** One step of a move in this partition. */
export type StepOfMove = InstrumentName & {
  /** The record that brought it about. */
  readonly offset: number;
  /** The epoch that the instrument gets by the move, 1 or more. */
  readonly epoch: number;
  /** The partition's clock then, ms since the Unix epoch. */
  readonly logTimeMs: number;
} & (
    | { readonly step: 'prepared' }
    /** It is in partition `to` as soon as that one has its state. */
    | { readonly step: 'left'; readonly to: number }
    /** `movedAtMs`: the append time of its Move, ms since the Unix epoch. */
    | { readonly step: 'arrived'; readonly movedAtMs: number }
  );
