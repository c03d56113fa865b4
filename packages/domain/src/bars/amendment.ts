/**
 * Cancels and corrections as the fold keeps them. In: nothing. Out: the types: what a tick asks for, and what became of
 * the trade that it names. Law 1: both are in the snapshot, by value.
 */
import type { TickAttributes } from '../market/tick.ts';
import type { HeldReference } from '../tape/held-items.ts';

/** A tick by its identity in the partition. */
export type TickName = { readonly publisher: number; readonly sequence: number };

/** A trade as a cancel or correction left it. Identity is the original's. */
export type Amendment = TickName & {
  /** Ids by which later amendments may name the trade. */
  readonly tradeIds: readonly string[];
  /** Its corrections, in the order in which they were settled; later amendments may name the trade by them too. */
  readonly corrections: readonly TickName[];
  readonly venue: string;
  /** Order of the amendment that decided: event time, publisher, sequence. */
  readonly bySec: number;
  readonly byNano: number;
  readonly byPublisher: number;
  readonly bySequence: number;
  readonly cancelled: boolean;
  /** The original's own event time, and the time at which the trade counts now. */
  readonly originalSec: number;
  readonly originalNano: number;
  readonly eventSec: number;
  readonly eventNano: number;
  readonly price: number;
  readonly size: number;
  readonly attributes: TickAttributes;
};

/** A cancel or correction as its own tick says it. */
export type AmendingTick = TickName & {
  readonly eventSec: number;
  readonly eventNano: number;
  readonly price: number;
  readonly size: number;
  readonly attributes: TickAttributes;
  readonly tradeId: string;
  readonly reference: HeldReference;
  readonly block: number;
};
