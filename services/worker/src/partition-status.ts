/**
 * How a partition is doing, for status pages. In: nothing. Out: the types. Law 8: gaps and problems stand here with
 * where they happened, the newest last, so that a person finds them without reading logs.
 */

/** Something a person may want to know of: a notice of the fold, or a snapshot that was passed over. */
export type PartitionProblem = {
  /** A code of the fold's notices, or of a snapshot's refusal. */
  readonly code: string;
  /** The record concerned. */
  readonly offset: number;
  readonly dataset: string;
  readonly symbol: string;
  readonly detail: string;
};

/**
 * `recovering`: reads again what a snapshot leaves to the log; `running`; `held-back`: store or log do not take outputs,
 * which are tried again; `failed`: does not go on by itself; `stopped`.
 */
export type PartitionState = 'recovering' | 'running' | 'held-back' | 'failed' | 'stopped';

/** One partition. */
export type PartitionStatus = {
  readonly partition: number;
  readonly state: PartitionState;
  /** For people: what it does, or why it cannot. */
  readonly detail: string;
  /** The partition's clock, ms since the Unix epoch; 0 before the first record. */
  readonly clockMs: number;
  /** The first record whose outputs are not durable. */
  readonly nextOffset: number;
  /** Where the log ended when it was last looked at, at most a second ago while records come. */
  readonly endOffset: number;
  readonly lagRecords: number;
  /** How old the newest counted record is while others wait, ms; 0 = nothing waits. */
  readonly lagMs: number;
  /** Ticks counted since the first record of the log, and revisions of bars put out. */
  readonly ticks: number;
  readonly bars: number;
  /** The last 100, the newest last. */
  readonly problems: readonly PartitionProblem[];
};
