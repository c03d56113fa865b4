/**
 * The seam between workers and queries for bars whose time runs. In: nothing. Out: the types. Forming bars are
 * ephemeral views between revisions and outside law 5: they are never stored, may be conflated, and may be lost.
 */
import type { Bar } from '../bars/bar.ts';

/** Takes in and hands out forming bars. */
export type FormingBars = {
  /** Bars of one instrument as they stand now; whoever listens gets the newest. */
  publish(bars: readonly Bar[]): void;
  /** Hears of every publication until the returned function is called. */
  subscribe(listener: (bars: readonly Bar[]) => void): () => void;
  /** Says that somebody wants the forming bars of an instrument, until the returned function is called. */
  want(dataset: string, symbol: string): () => void;
  /** Whether anybody wants them, so that a worker makes no bars for nobody. */
  isWanted(dataset: string, symbol: string): boolean;
};
