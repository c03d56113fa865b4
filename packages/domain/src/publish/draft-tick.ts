/**
 * A tick between what a caller sent and what goes into a block. In: what a reader found. Out: a row whose terms and
 * link are still to be settled, with the first reason against it that only the reader could see.
 */
import type { TickRow } from '../log/tick-block-encode.ts';
import type { InstrumentTerms } from '../market/tick.ts';
import type { Rejection } from './refusal.ts';

/** A row that is being made. */
export type DraftTick = { -readonly [Field in keyof TickRow]: TickRow[Field] } & {
  /** Whether `link` was given; if not it is 0 and will be the instrument's tick before. */
  linkGiven: boolean;
  /** Whether the caller gave `terms` with the tick or its batch; if not they are `noTerms`. */
  termsGiven: boolean;
  /** When the source received it, ns since the Unix epoch; 0 = ingest fills it in. */
  receiveNs: bigint;
  /** What the reader saw and no row can hold, such as a price beyond 2^53. */
  fault: Rejection | undefined;
};

/** Stands where nobody has said terms yet. */
export const noTerms: InstrumentTerms = { priceExponent: 0, sizeExponent: 0, calendar: '', currency: '', tickSize: 0 };

/** Whether two terms give the same numbers the same meaning; currency and tick size may differ. */
export function sameMeaning(left: InstrumentTerms, right: InstrumentTerms): boolean {
  return (
    left === right ||
    (left.priceExponent === right.priceExponent &&
      left.sizeExponent === right.sizeExponent &&
      left.calendar === right.calendar)
  );
}
