/**
 * A tick before it has its place. In: nothing. Out: the type. Rule P1: sequence and link are set by the one who
 * publishes it, in the order in which it does.
 */
import type { TickRow } from '@tapeline/domain';

/** A tick whose sequence and link are set when it is sent; the other fields stay as they are. */
export type UnnumberedRow = { -readonly [Field in keyof TickRow]: TickRow[Field] };
